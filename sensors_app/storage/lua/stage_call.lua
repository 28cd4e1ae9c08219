-- stage_call: a part of what a call for events requests is put by, until the call is committed.
-- KEYS  1 reaction  2 what is put by
-- ARGV  1 holder  2 number of the part, from 1  3 the part, as stage_requests has it (JSON)
--       4 how long it is kept, ms
-- returns  1 | 0: the call is not this holder's any more
--! use put_by
local r = redis.call('HMGET', KEYS[1], 'state', 'holder')
if r[1] ~= 'running' or r[2] ~= ARGV[1] then return 0 end
put_by(KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4])
return 1
