-- Appends an event of a run to its own log and to the stream of its code location.
-- `k` names the keys run_events, events; `message` is for people; `extra` is JSON or ''.
local function run_event(k, now, run_id, job, kind, message, extra)
  redis.call('XADD', k.run_events, '*', 'type', kind, 'at', now, 'message', message, 'extra', extra)
  redis.call('XADD', k.events, '*', 'type', kind, 'at', now,
             'run', run_id, 'job', job, 'message', message, 'extra', extra)
end
