-- Returns a tick as finish_tick takes it, of the arguments of finish_ticks from `i` on: kind, sensor,
-- token, when it started in ms after it was begun, how long it took, data. `s` is what read_tick returned.
local function ended_tick(s, now, holder, i)
  local started = s.activity == 'running' and tonumber(s.begun) or now
  local ended, took = now, now - started
  if ARGV[i + 3] ~= '' then
    took = tonumber(ARGV[i + 4])
    started = math.min(now, started + math.floor(ARGV[i + 3]))
    ended = math.min(now, started + math.ceil(took))
  end
  return {started = started, ended = ended, took = took,
          fields = {'started', started, 'worker', holder, 'before', wrap(s.cursor),
                    'data', ARGV[i + 5]}}
end
