-- Puts a sensor that was registered where it belongs: due if it is on and polled. Returns whether
-- it is on. `old_default` is the status that its code gave it before.
local function place_sensor(key, due_key, now, name, old_default)
  local s = redis.call('HMGET', key, 'override', 'activity', 'last_end', 'default', 'interval',
                       'batch')
  local on = (s[1] or s[4]) == 'RUNNING'
  local switched = not s[1] and old_default ~= s[4]
  if switched then redis.call('HSET', key, 'switched_on', now) end
  if not s[2] then redis.call('HSET', key, 'activity', 'idle') end
  if s[6] then
    redis.call('ZREM', due_key, name)
  elseif s[2] and s[2] ~= 'idle' then
    return on
  elseif on then
    local due = s[3] and math.max(now, tonumber(s[3]) + tonumber(s[5])) or now
    -- LT: an evaluation asked for out of turn is not put off by a restart.
    redis.call('ZADD', due_key, 'LT', due, name)
  elseif switched then
    -- Only then: an evaluation asked for of a sensor that was off already outlasts a restart too.
    redis.call('ZREM', due_key, name)
  end
  return on
end
