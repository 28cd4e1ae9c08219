-- Puts a sensor that was registered where it belongs: due if it is on and polled; called for events
-- from where it was if it is on and was gone from the code. Returns whether it is on. `old_default` is
-- the status that its code gave it before. `k` names the keys sensor, due, positions, replays; it tells
-- whether the code is `new`, and counts in `fresh` the sensors that are to have their first tick.
local AT_ONCE, FRESH_MS = 100, 2

-- Many that begin together would all want the same things at the same time: after some, each begins
-- a moment later, within its interval.
local function first_due(k, now, interval)
  k.fresh = k.fresh + 1
  if k.fresh <= AT_ONCE or interval == 0 then return now end
  return now + (k.fresh - AT_ONCE) * FRESH_MS % interval
end

local function place_sensor(k, now, name, old_default, was_gone)
  local s = redis.call('HMGET', k.sensor, 'override', 'activity', 'last_end', 'default', 'interval',
                       'batch', 'failures')
  local on = (s[1] or s[4]) == 'RUNNING'
  local switched = not s[1] and old_default ~= s[4]
  if switched and (on or not s[6]) then redis.call('HSET', k.sensor, 'switched_on', now) end
  if not s[2] then redis.call('HSET', k.sensor, 'activity', 'idle') end
  -- That it had no tick while it was gone does not make it late.
  if was_gone then redis.call('HDEL', k.sensor, 'late') end
  if s[6] then
    unset_due(k, name)
    if switched and on then
      redis.call('HDEL', k.sensor, 'stopped')
    elseif switched and old_default then
      remember_stop(k)
    elseif was_gone and on then
      resume_from_stop(k, name)
    end
  elseif s[2] and s[2] ~= 'idle' then
    return on
  elseif on then
    local interval = tonumber(s[5])
    local due = s[3] and math.max(now, tonumber(s[3]) + interval)
    if not due then
      if due_at(k, name) then return on end
      due = first_due(k, now, interval)
    end
    -- An evaluation asked for out of turn is not put off by a restart, nor is one brought forward that
    -- is put off; but new code may have mended what failed.
    set_due(k, name, due, k.new and tonumber(s[7] or 0) > 0 and 'LT' or 'NX')
  elseif switched then
    -- Only then: an evaluation asked for of a sensor that was off already outlasts a restart too.
    unset_due(k, name)
  end
  return on
end
