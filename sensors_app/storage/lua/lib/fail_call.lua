-- A call for events failed: it is tried again after the pause that its sensor has for this attempt;
-- after the last one, or if it would be of no use (`final`), the reaction becomes a dead letter.
-- `k` names the keys reaction, sensor, ticks, running, later, dead, events, rules, tally; `why` is what the
-- stream of events is to say of it; `offset` and `took` are as `call_times` takes them.
local function fail_call(k, now, id, max_count, max_age, data, final, why, offset, took)
  local r = redis.call('HMGET', k.reaction, 'holder', 'begun', 'attempt', 'sensor', 'n')
  local call_id = next_call_id(k, now)
  local started, ended = call_times(r[2], now, offset, took)
  pace_call(k, 'FAILURE', '', 0)
  local failures = keep_call(k, call_id, now, ended, max_count, max_age, 'FAILURE', {
    'started', started, 'worker', r[1], 'data', data, 'attempt', r[3]})
  sensor_failed(k, now, r[4], string.gsub(call_id, '%-0$', ''), failures, why,
                led_here(k, r[4], tonumber(r[5])))
  redis.call('ZREM', k.running, id)
  redis.call('HSET', k.reaction, 'failed_by', r[1], 'data', data)
  redis.call('HDEL', k.reaction, 'holder', 'begun', 'company')
  local nth = 0
  for pause in string.gmatch(redis.call('HGET', k.sensor, 'delays') or '', '%d+') do
    nth = nth + 1
    if nth == tonumber(r[3]) and not final then
      redis.call('HSET', k.reaction, 'state', 'waiting')
      redis.call('ZADD', k.later, now + tonumber(pause), id)
      return
    end
  end
  redis.call('HSET', k.reaction, 'state', 'dead', 'died', now)
  redis.call('ZADD', k.dead, now, id)
end
