-- A sensor that was polled is called for events from now on, or the other way round. Its past is of
-- the other kind: a tick under way cannot commit any more, and what happened before now is not its.
-- `k` names the keys sensor, ticks, claimed, running.
local function change_kind(k, name, now)
  local last = redis.call('XREVRANGE', k.ticks, '+', '-', 'COUNT', 1)[1]
  local last_ms = last and tonumber(string.match(last[1], '^%d+')) or 0
  -- Tokens are the ids of ticks: the next one has to come after the last call for events.
  local token = math.max(tonumber(redis.call('HGET', k.sensor, 'token') or 0), last_ms) + 1
  redis.call('HSET', k.sensor, 'token', string.format('%.0f', token), 'activity', 'idle',
             'switched_on', now)
  redis.call('HDEL', k.sensor, 'holder', 'poked', 'stopped', 'company', 'alike')
  unset_claimed(k, name)
  redis.call('ZREM', k.running, name)
end
