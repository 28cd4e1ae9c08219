-- Keeps a finished tick in its sensor's history. One that only says again what the one before said,
-- `tick.alike`, takes its place, and tells how many they are by now and which was the first.
-- Returns what the sensor is to remember of it as `alike`, nil if nothing.
-- `k` names the key ticks; `keep` has the bounds count and age; `s` is what read_tick returned.
local function keep_tick(k, token, now, keep, s, status, tick)
  local id, times, first, data
  if tick.alike and s.alike then
    id, times, first, data = string.match(s.alike, '^(%d+) (%d+) (%d+) (.*)$')
  end
  local merged = id and data == tick.alike and redis.call('XDEL', k.ticks, id .. '-0') == 1
  if merged then
    times = times + 1
    redis.call('XADD', k.ticks, token .. '-0', 'status', status, 'ended', tick.ended,
               'times', times, 'first', first, unpack(tick.fields))
  else
    times, first = 1, token
    redis.call('XADD', k.ticks, 'MAXLEN', '~', keep.count, token .. '-0', 'status', status,
               'ended', tick.ended, unpack(tick.fields))
    redis.call('XTRIM', k.ticks, 'MINID', '~', now - keep.age)
  end
  return tick.alike and string.format('%s %d %s %s', token, times, first, tick.alike)
end
