-- Keeps a finished tick, within its bounds of count and age, and frees the claim. Returns how many
-- have failed in a row.
-- `k` names the keys sensor, due, claimed, running, ticks, tally; `tick` is the flat list of its
-- fields, the first of which says when it began.
local function finish_tick(k, name, token, now, max_count, max_age, status, tick)
  redis.call('XADD', k.ticks, 'MAXLEN', '~', max_count, token .. '-0', 'status', status,
             'ended', now, unpack(tick))
  redis.call('XTRIM', k.ticks, 'MINID', '~', now - tonumber(max_age))
  redis.call('HSET', k.sensor, 'last_end', now)
  add_to_strip(k.sensor, status)
  count_tick(k, status, tick[2], now)
  local failures = 0
  if status == 'FAILURE' then
    failures = redis.call('HINCRBY', k.sensor, 'failures', 1)
  else
    redis.call('HSET', k.sensor, 'failures', 0, 'timeouts', 0)
  end
  redis.call('ZREM', k.claimed, name)
  redis.call('ZREM', k.running, name)
  reschedule(k.sensor, k.due, name, now)
  return failures
end
