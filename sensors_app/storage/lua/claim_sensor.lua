-- claim_sensor: takes one sensor out of turn, for whoever evaluates it without beat.
-- KEYS  1 due  2 claimed  3 the sensor
-- ARGV  1 now or ''  2 sensor  3 resend after, ms
-- returns  {'ok', token, time limit in ms} | {'unknown'}: none is polled | {'busy'}: then a tick follows the present one
--! use now_ms
local now = now_ms(ARGV[1])
local s = redis.call('HMGET', KEYS[3], 'defined', 'activity', 'token', 'timeout', 'batch')
if s[1] ~= '1' or s[5] then return {'unknown'} end
if s[2] ~= 'idle' then
  redis.call('HSET', KEYS[3], 'poked', 1)
  return {'busy'}
end
local token = string.format('%.0f', math.max(now, tonumber(s[3] or 0) + 1))
redis.call('ZREM', KEYS[1], ARGV[2])
redis.call('HSET', KEYS[3], 'token', token, 'activity', 'claimed')
redis.call('HDEL', KEYS[3], 'resent')
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[3]), ARGV[2])
return {'ok', token, s[4]}
