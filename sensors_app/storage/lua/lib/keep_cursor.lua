-- Keeps the cursor that a tick leaves, an optional text.
local function keep_cursor(sensor_key, text)
  local cursor = unwrap(text)
  if cursor then
    redis.call('HSET', sensor_key, 'cursor', cursor)
  else
    redis.call('HDEL', sensor_key, 'cursor')
  end
end
