-- Takes from a sensor's inbox what its tick has seen, which is all up to `upto`. If more wait, the next
-- tick is to follow at once. `k` names the keys sensor, inbox.
local function drop_seen(k, upto)
  local ms, n = string.match(upto, '^(%d+)-(%d+)$')
  redis.call('XTRIM', k.inbox, 'MINID', string.format('%s-%.0f', ms, n + 1))
  redis.call('HDEL', k.sensor, 'inbox_upto')
  -- The stream stays: it sees to it that no id comes twice, even if the clock goes back.
  if redis.call('XLEN', k.inbox) == 0 then return end
  local s = redis.call('HMGET', k.sensor, 'override', 'default')
  if (s[1] or s[2]) == 'RUNNING' then redis.call('HSET', k.sensor, 'poked', 1) end
end
