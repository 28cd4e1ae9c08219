-- keep_answer: what was asked for under a key is done, or could not be: then it may be tried again.
-- KEYS  1 request
-- ARGV  1 who did it  2 answer; '': it could not be done  3 life of the answer, ms
-- returns  1 | 0: it is somebody else's by now
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'answer', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
