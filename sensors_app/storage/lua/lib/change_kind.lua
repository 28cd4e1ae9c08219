-- A sensor that was polled is called for events from now on, or the other way round. Its past is of
-- the other kind: a tick under way cannot commit any more, and what happened before now is not its. A
-- large tick that was committed goes on, but is not kept: it would come after calls, or before.
-- `k` names the keys sensor, ticks, claimed, running.
local function change_kind(k, name, now)
  local activity = redis.call('HGET', k.sensor, 'activity')
  if activity == 'unfolding' or activity == 'held' then
    redis.call('HSET', k.sensor, 'other_kind', 1, 'switched_on', now)
    return
  end
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
