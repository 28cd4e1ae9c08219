-- stage_requests: a part of what a large tick requests is put by, until the tick is committed or
-- nobody goes on with it. A part may be put by again: it has a number.
-- KEYS  1 sensor  2 what is put by
-- ARGV  1 token  2 holder  3 number of the part, from 1  4 the part: a list of texts, five for each
--       request, as create_requested takes them (JSON)  5 how long it is kept, ms
-- returns  1 | 0: the claim is not current any more
local s = redis.call('HMGET', KEYS[1], 'token', 'activity', 'holder')
if s[1] ~= ARGV[1] or s[2] ~= 'running' or s[3] ~= ARGV[2] then return 0 end
-- What an earlier tick left behind that was never committed.
if redis.call('HGET', KEYS[2], 'tick') ~= ARGV[1] then redis.call('UNLINK', KEYS[2]) end
redis.call('HSET', KEYS[2], 'tick', ARGV[1], ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return 1
