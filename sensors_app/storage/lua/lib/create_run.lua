-- Creates a run in state QUEUED and promises to launch it.
-- `k` names the keys run_prefix, run_events_prefix, runs, queued, outbox, events.
local function create_run(k, now, run_id, job, config, tags, ...)
  redis.call('HSET', k.run_prefix .. run_id, 'status', 'QUEUED', 'job', job, 'config', config,
             'tags', tags, 'created', now, ...)
  redis.call('ZADD', k.runs, now, run_id)
  redis.call('ZADD', k.queued, now, run_id)
  redis.call('ZADD', k.outbox, launch_order(now, tags), 'launch:' .. run_id)
  k.run_events = k.run_events_prefix .. run_id
  run_event(k, now, run_id, job, 'PIPELINE_ENQUEUED', '', '')
end
