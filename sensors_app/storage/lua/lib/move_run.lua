-- Moves a run to another state in its hash and in the index of states, and says so in the streams.
-- `k` names the keys run, runs_in (a prefix), run_events, events.
local function move_run(k, now, run_id, to, kind, message, extra)
  local r = redis.call('HMGET', k.run, 'status', 'created', 'job')
  redis.call('HSET', k.run, 'status', to)
  redis.call('ZREM', k.runs_in .. r[1], run_id)
  redis.call('ZADD', k.runs_in .. to, r[2], run_id)
  run_event(k, now, run_id, r[3], kind, message, extra)
end
