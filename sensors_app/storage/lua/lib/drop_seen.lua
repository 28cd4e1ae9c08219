-- Takes from a sensor's inbox what its tick has seen, which is all up to `s.inbox_upto`. If more wait,
-- the next tick is to follow at once. `k` names the keys sensor, inbox; `s` is what read_tick returned.
local function drop_seen(k, s)
  local ms, n = string.match(s.inbox_upto, '^(%d+)-(%d+)$')
  redis.call('XTRIM', k.inbox, 'MINID', string.format('%s-%.0f', ms, n + 1))
  redis.call('HDEL', k.sensor, 'inbox_upto')
  -- The stream stays: it sees to it that no id comes twice, even if the clock goes back.
  if redis.call('XLEN', k.inbox) > 0 and (s.override or s.default) == 'RUNNING' then s.poked = '1' end
end
