-- Keeps the failure of a tick, of the arguments of finish_ticks from `i` on, or has the sensor claimed
-- again; returns what is answered. `in_company` tells of what was never begun whether it was alone.
local function fail_tick(k, name, token, now, keep, holder, i, in_company)
  local s = read_tick(k.sensor)
  local begun = s.activity == 'running' and s.holder == holder
  if s.token ~= token or not begun and s.activity ~= 'claimed' then
    return finished_tick(k.ticks, token, holder, true)
  end
  if ARGV[i] == 'lost' and (begun and s.company or not begun and in_company) then
    if not begun then unset_claimed(k, name) end
    give_back(k, name, begun and s.begun or now, true)
    return {'returned'}
  end
  local failures = finish_tick(k, name, token, now, keep, s, 'FAILURE', ended_tick(s, now, holder, i))
  sensor_failed(k, now, name, token, failures, ARGV[i + 6])
  return {'ok'}
end
