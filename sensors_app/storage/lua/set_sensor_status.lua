-- set_sensor_status: an operator starts or stops a sensor, or gives it back to the code's default.
-- KEYS  1 sensor  2 due
-- ARGV  1 now or ''  2 sensor  3 'RUNNING' | 'STOPPED' | 'DEFAULT'
-- returns  the status in force | 'unknown'
--! use now_ms
local now = now_ms(ARGV[1])
local s = redis.call('HMGET', KEYS[1], 'defined', 'override', 'default', 'activity')
if s[1] ~= '1' then return 'unknown' end
if ARGV[3] == 'DEFAULT' then
  redis.call('HDEL', KEYS[1], 'override')
else
  redis.call('HSET', KEYS[1], 'override', ARGV[3])
end
local before = s[2] or s[3]
local after = ARGV[3] == 'DEFAULT' and s[3] or ARGV[3]
if after == 'RUNNING' then
  if before ~= 'RUNNING' then redis.call('HSET', KEYS[1], 'switched_on', now) end
  if s[4] == 'idle' then redis.call('ZADD', KEYS[2], 'NX', now, ARGV[2]) end
else
  redis.call('ZREM', KEYS[2], ARGV[2])
  redis.call('HDEL', KEYS[1], 'poked')
end
return after
