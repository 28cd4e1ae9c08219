-- Notes the latest event of a sensor that waits for there to be none. `k` names the key sensor.
local function hear(k, at, event)
  if at >= tonumber(redis.call('HGET', k.sensor, 'heard') or 0) then
    redis.call('HSET', k.sensor, 'heard', at, 'heard_event', event)
  end
end
