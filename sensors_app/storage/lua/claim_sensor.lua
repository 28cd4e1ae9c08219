-- claim_sensor: takes one sensor out of turn, for whoever evaluates it without beat.
-- KEYS  1 due  2 claimed  3 the sensor
-- ARGV  1 now or ''  2 sensor  3 resend after, ms
-- returns  {'ok', token, time limit in ms} | {'unknown'}: none is polled | {'busy'}: then a tick follows the present one
--! use now_ms lane
local now, k = now_ms(ARGV[1]), {due = KEYS[1], claimed = KEYS[2], sensor = KEYS[3]}
local s = redis.call('HMGET', k.sensor, 'defined', 'activity', 'token', 'timeout', 'batch')
if s[1] ~= '1' or s[5] then return {'unknown'} end
if s[2] ~= 'idle' then
  redis.call('HSET', k.sensor, 'poked', 1)
  return {'busy'}
end
local token = string.format('%.0f', math.max(now, tonumber(s[3] or 0) + 1))
unset_due(k, ARGV[2])
redis.call('HSET', k.sensor, 'token', token, 'activity', 'claimed')
redis.call('HDEL', k.sensor, 'resent')
redis.call('ZADD', k.claimed .. lane(k), now + tonumber(ARGV[3]), ARGV[2])
return {'ok', token, s[4]}
