-- A sensor that events are delivered to remembers how far their streams had been read when it went
-- off, so that it can go on from there. `k` names the keys sensor, positions, replays.
local function remember_stop(k)
  local positions, at = redis.call('HGETALL', k.positions), {}
  for i = 1, #positions, 2 do at[positions[i]] = positions[i + 1] end
  redis.call('HSETNX', k.sensor, 'stopped', #positions > 0 and cjson.encode(at) or '{}')
end

-- What the listener has passed by since is delivered again, as far as it is not older than the
-- sensor's own start; what it has not passed by is delivered as usual. Returns whether the sensor
-- goes on from a stop.
local function resume_from_stop(k, name)
  local s = redis.call('HMGET', k.sensor, 'stopped', 'switched_on')
  if not s[1] then return false end
  local stopped, positions = cjson.decode(s[1]), redis.call('HGETALL', k.positions)
  for i = 1, #positions, 2 do
    local source = positions[i]
    add_replay(k.replays, name, source, stopped[source] or '0-0', positions[i + 1],
               tonumber(s[2] or 0))
  end
  redis.call('HDEL', k.sensor, 'stopped')
  return true
end
