-- heartbeat_run: the run's worker is alive.
-- KEYS  1 run  2 live
-- ARGV  1 now or ''  2 run id  3 holder  4 life of the claim, ms
-- returns  'ok' | 'lost'
--! use now_ms
local r = redis.call('HMGET', KEYS[1], 'status', 'holder')
if r[2] ~= ARGV[3] or (r[1] ~= 'STARTING' and r[1] ~= 'STARTED') then return 'lost' end
redis.call('ZADD', KEYS[2], now_ms(ARGV[1]) + tonumber(ARGV[4]), ARGV[2])
return 'ok'
