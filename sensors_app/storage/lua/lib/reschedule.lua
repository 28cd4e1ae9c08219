-- Frees a sensor and gives it its next due time: its interval from now, at once if somebody asked
-- for an evaluation meanwhile, none if it is off, gone from the code, or not polled any more.
local function reschedule(sensor_key, due_key, name, now)
  local s = redis.call('HMGET', sensor_key, 'defined', 'override', 'default', 'interval', 'poked',
                       'batch')
  redis.call('HSET', sensor_key, 'activity', 'idle')
  redis.call('HDEL', sensor_key, 'poked', 'holder')
  if s[1] ~= '1' or s[6] then return end
  if s[5] then
    redis.call('ZADD', due_key, now, name)
  elseif (s[2] or s[3]) == 'RUNNING' then
    redis.call('ZADD', due_key, now + tonumber(s[4]), name)
  end
end
