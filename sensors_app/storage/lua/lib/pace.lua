-- Notes how long a sensor's ticks take of late, in ms, on average: a busy machine makes any of them long
-- now and then. A sensor is quick if that is less than `quick_ms`, and none failed since. Adds to the
-- fields to be set and to be deleted; returns whether it is quick. `s` is what read_tick returned.
local function pace(s, status, took, quick_ms, set, delete)
  local quick = false
  if status == 'FAILURE' then
    if s.took then delete[#delete + 1] = 'took' end
  else
    local smooth = s.took and tonumber(s.took) * 0.8 + took * 0.2 or took
    set[#set + 1], set[#set + 2] = 'took', string.format('%.2f', smooth)
    quick = smooth < quick_ms
  end
  if quick and not s.quick then set[#set + 1], set[#set + 2] = 'quick', 1 end
  if s.quick and not quick then delete[#delete + 1] = 'quick' end
  return quick
end
