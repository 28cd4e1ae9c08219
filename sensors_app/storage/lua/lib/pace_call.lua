-- Notes how long a sensor's call for events took, in ms, or '' if that is not known; see `pace`.
-- `k` names the key sensor.
local function pace_call(k, status, took, quick_ms)
  if took == '' and status ~= 'FAILURE' then return end
  local found, set, delete = redis.call('HMGET', k.sensor, 'took', 'quick'), {}, {}
  pace({took = found[1], quick = found[2]}, status, tonumber(took), quick_ms, set, delete)
  if #set > 0 then redis.call('HSET', k.sensor, unpack(set)) end
  if #delete > 0 then redis.call('HDEL', k.sensor, unpack(delete)) end
end
