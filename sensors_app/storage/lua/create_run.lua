-- create_run: a run that no sensor asked for, executed by the process that creates it.
-- KEYS  1 run  2 runs  3 runs in NOT_STARTED
-- ARGV  1 now or ''  2 run id  3 job  4 config (JSON)  5 tags (JSON)  6 life, ms: nobody would
--       notice if that process died
-- returns  1 | 0: it exists
--! use now_ms
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local now = now_ms(ARGV[1])
redis.call('HSET', KEYS[1], 'status', 'NOT_STARTED', 'job', ARGV[3], 'config', ARGV[4],
           'tags', ARGV[5], 'created', now)
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('ZADD', KEYS[2], now, ARGV[2])
redis.call('ZADD', KEYS[3], now, ARGV[2])
return 1
