-- Frees a sensor whose tick came to nothing, not even to a failure: it is claimed again, as if this
-- claim had never been. `at` is when it is due: before those that came later. `alone` has it go alone.
-- `k` names the keys sensor, due, running.
local function give_back(k, name, at, alone)
  redis.call('HSET', k.sensor, 'activity', 'idle')
  redis.call('HDEL', k.sensor, 'holder', 'company', 'poked', 'alike',
             unpack(alone and {'quick', 'took'} or {}))
  redis.call('ZREM', k.running, name)
  local s = redis.call('HMGET', k.sensor, 'defined', 'batch')
  -- Also one that was switched off meanwhile: somebody may have asked for just this tick.
  if s[1] == '1' and not s[2] then set_due(k, name, at) end
end
