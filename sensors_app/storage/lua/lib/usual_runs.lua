-- How many runs a sensor's ticks usually create: the most of late, which halves each week. A mean would
-- call each large tick of a sensor unusual whose other ticks are small. `s` is what read_tick returned.
local HALVED_MS = 604800000

local function usual_runs(s, now)
  local runs, at = string.match(s.peak or '', '^(%d+) (%d+)$')
  return runs and runs * 0.5 ^ (math.max(0, now - at) / HALVED_MS) or 0
end

local function note_runs(sensor_key, s, now, created)
  if created > 0 and created >= usual_runs(s, now) then
    redis.call('HSET', sensor_key, 'peak', string.format('%d %.0f', created, now))
  end
end
