-- heartbeat_run: the run's worker is alive, and learns what is to become of the run.
-- KEYS  1 run  2 live
-- ARGV  1 now or ''  2 run id  3 holder  4 life of the claim, ms
-- returns  'ok' | 'cancel' | 'overdue' | 'lost'
--! use now_ms wish
local now = now_ms(ARGV[1])
local wanted = wish(KEYS[1], ARGV[3], now)
if wanted ~= 'lost' then redis.call('ZADD', KEYS[2], now + tonumber(ARGV[4]), ARGV[2]) end
return wanted
