-- Whether what is still to come can change what is known. `k` names the keys sensor, replays.

-- Tells whether old events are still to be delivered to a sensor.
local function is_replaying(k, name)
  for _, field in ipairs(redis.call('HKEYS', k.replays)) do
    if string.match(field, '^%S+') == name then return true end
  end
  return false
end

-- Tells whether a sensor may be told that something did not come.
local function may_time_out(k, name)
  local s = redis.call('HMGET', k.sensor, 'defined', 'override', 'default')
  return s[1] == '1' and (s[2] or s[3]) == 'RUNNING' and not is_replaying(k, name)
end
