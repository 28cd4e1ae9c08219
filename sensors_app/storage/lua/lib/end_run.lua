-- Ends a run: no claim and no slots any more, a limited life from now on for all that is kept of it;
-- a retry, if it failed and asks for one.
-- `k` names what move_run needs, and run, live, runs, runs_of (a prefix), run_prefix, and the keys
-- of queue_keys.

-- Forgets the oldest runs of an index whose own record has expired. Looking at a few a call keeps
-- pace with the one that is added a run, gets past old runs that still wait, and bounds the work.
local function trim_index(k, index)
  for _, run_id in ipairs(redis.call('ZRANGE', index, 0, 4)) do
    if redis.call('EXISTS', k.run_prefix .. run_id) == 0 then redis.call('ZREM', index, run_id) end
  end
end

local function end_run(k, now, run_id, to, kind, message, extra, keep_ms)
  leave_queue(k, run_id)
  -- Who executes a run in its own process has no worker to retry it.
  local taken_up = redis.call('ZREM', k.live, run_id) == 1
  -- Before the event of the failure: who reads the run then is to know.
  local retry = taken_up and to == 'FAILURE' and plan_retry(k, run_id)
  redis.call('HSET', k.run, 'ended', now)
  if to == 'FAILURE' then redis.call('HSET', k.run, 'error', message) end
  move_run(k, now, run_id, to, kind, message, extra)
  local job = redis.call('HGET', k.run, 'job')
  count_ended(k, job, to)
  if taken_up and to ~= 'SUCCESS' then forget_time(k, job) end
  redis.call('PEXPIRE', k.run, keep_ms)
  redis.call('PEXPIRE', k.run_events, keep_ms)
  trim_index(k, k.runs)
  trim_index(k, k.runs_in .. to)
  local sensor = redis.call('HGET', k.run, 'sensor')
  if sensor then trim_index(k, k.runs_of .. sensor) end
  if retry then create_retry(k, now, retry) end
end
