-- poke: a sensor is to be evaluated now, out of turn, even if it is switched off.
-- KEYS  1 sensor  2 due
-- ARGV  1 now or ''  2 sensor
-- returns  the token that this evaluation's own will not be below | -1: no such sensor is polled
--! use now_ms lane
local now = now_ms(ARGV[1])
local s = redis.call('HMGET', KEYS[1], 'defined', 'activity', 'token', 'batch')
if s[1] ~= '1' or s[4] then return -1 end
if s[2] == 'idle' then
  set_due({sensor = KEYS[1], due = KEYS[2]}, ARGV[2], now)
else
  redis.call('HSET', KEYS[1], 'poked', 1)
end
return math.max(now, tonumber(s[3] or 0) + 1)
