-- Keeps one call of a sensor for events among its ticks; returns how many have failed in a row.
-- `k` names the keys sensor, ticks, tally; `tick` is the flat list of the tick's fields, the first of which
-- says when it began, and `ended` when it ended.

-- Several calls may end in the same millisecond; and a clock may go back. A sensor that is polled by
-- now has ids that are tokens, given out already: this one must not come after those.
local function next_call_id(k, now)
  local last = redis.call('XREVRANGE', k.ticks, '+', '-', 'COUNT', 1)[1]
  local ms, n = string.match(last and last[1] or '0-0', '^(%d+)-(%d+)$')
  if tonumber(ms) < now and redis.call('HEXISTS', k.sensor, 'batch') == 1 then
    return string.format('%.0f-0', now)
  end
  return ms .. '-' .. string.format('%.0f', tonumber(n) + 1)
end

-- Returns when a call began and ended. It was begun with others, and called `offset` ms later; `took` is
-- how long it took then. Both are '' if that is not known.
local function call_times(begun, now, offset, took)
  if took == '' then return begun, now end
  local started = math.min(now, tonumber(begun) + math.floor(tonumber(offset)))
  return started, math.min(now, started + math.floor(tonumber(took)))
end

local function keep_call(k, id, now, ended, max_count, max_age, status, tick)
  redis.call('XADD', k.ticks, 'MAXLEN', '~', max_count, id, 'status', status, 'ended', ended,
             'before', '', 'after', '', unpack(tick))
  redis.call('XTRIM', k.ticks, 'MINID', '~', now - tonumber(max_age))
  local took = math.max(0, ended - tonumber(tick[2]))
  redis.call('HSET', k.sensor, 'last_end', ended,
             'strip', strip_with(redis.call('HGET', k.sensor, 'strip'), status))
  redis.call('HINCRBY', k.sensor, 'tick ' .. status, 1)
  redis.call('HINCRBY', k.sensor, 'tick ms', took)
  count_tick(k, status, took)
  write_counts(k)
  if status == 'FAILURE' then
    return redis.call('HINCRBY', k.sensor, 'failures', 1)
  end
  redis.call('HSET', k.sensor, 'failures', 0, 'timeouts', 0)
  return 0
end
