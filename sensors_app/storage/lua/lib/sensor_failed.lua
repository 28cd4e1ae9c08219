-- Says in the stream of events that a sensor failed, for the sensors that are called for that. One
-- that fails without end says so a number of times only: nobody may ask for more in a row.
-- `k` names the keys sensor, events; `failures` are those in a row. `why` is JSON: message, class of
-- the error, all of it (JSON), 1 if its time was over, and that number. The rest are more fields.
local function sensor_failed(k, now, name, tick, failures, why, ...)
  local said, timeouts = cjson.decode(why), 0
  if said[4] == 1 then
    timeouts = redis.call('HINCRBY', k.sensor, 'timeouts', 1)
  else
    redis.call('HDEL', k.sensor, 'timeouts')
  end
  if failures > said[5] and (timeouts == 0 or timeouts > said[5]) then return end
  redis.call('XADD', k.events, '*', 'type', 'SENSOR_FAILURE', 'at', now, 'sensor', name,
             'failures', failures, 'timeouts', timeouts, 'tick', tick, 'message', said[1],
             'cls', said[2], 'extra', said[3], ...)
end
