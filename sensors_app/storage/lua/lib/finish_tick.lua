-- Ends a tick: keeps it, frees the sensor, says when it is due next and in which lane. Returns how many
-- have failed in a row.
-- `k` names the keys sensor, due, claimed, running, ticks, tally. `keep` has the bounds of the history,
-- count and age in ms, below which time in ms a sensor is quick, and how it backs off. `s` is what read_tick returned.
-- `tick` has started and ended (ms), took (ms, with a fraction), its other fields as a flat list, and
-- `alike` if it may be merged with others that say the same. Who calls writes the counts.
local function finish_tick(k, name, token, now, keep, s, status, tick)
  local took = math.max(0, tick.ended - tick.started)
  local failures = status == 'FAILURE' and tonumber(s.failures or 0) + 1 or 0
  local set = {'activity', 'idle', 'last_end', now, 'strip', strip_with(s.strip, status),
               'failures', failures, 'tick ' .. status, tonumber(s['tick ' .. status] or 0) + 1,
               'tick ms', tonumber(s['tick ms'] or 0) + took}
  local delete = {'holder'}
  for _, field in ipairs({'poked', 'company'}) do
    if s[field] then delete[#delete + 1] = field end
  end
  if s.timeouts and status ~= 'FAILURE' then delete[#delete + 1] = 'timeouts' end
  k.lane = pace(s, status, tick.took, keep.quick_ms, set, delete) and '' or SLOW
  local alike = keep_tick(k, token, now, keep, s, status, tick)
  if alike then
    set[#set + 1], set[#set + 2] = 'alike', alike
  elseif s.alike then
    delete[#delete + 1] = 'alike'
  end
  redis.call('HSET', k.sensor, unpack(set))
  redis.call('HDEL', k.sensor, unpack(delete))
  count_tick(k, status, took)
  if s.activity == 'claimed' then unset_claimed(k, name) end
  redis.call('ZREM', k.running, name)
  reschedule(k, name, token, now, s, failures, keep.backoff)
  return failures
end
