-- stage_requests: a part of what a large tick requests is put by, until the tick is committed.
-- KEYS  1 sensor  2 what is put by
-- ARGV  1 token  2 holder  3 number of the part, from 1  4 the part: a list of texts, five for each
--       request, as create_requested takes them (JSON)  5 how long it is kept, ms
-- returns  1 | 0: the claim is not current any more
--! use put_by
local s = redis.call('HMGET', KEYS[1], 'token', 'activity', 'holder')
if s[1] ~= ARGV[1] or s[2] ~= 'running' or s[3] ~= ARGV[2] then return 0 end
put_by(KEYS[2], ARGV[1], ARGV[3], ARGV[4], ARGV[5])
return 1
