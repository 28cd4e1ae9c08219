-- expire_runs: runs whose worker has given no sign of life for the length of its claim end: those
-- that were being canceled are canceled, the others fail.
-- KEYS  1 live  2 events  3 prefix of the index of states  4 runs  5 prefix of the runs of sensors
--       6 prefix of runs  7 prefix of runs' logs  8... the queue (lib/queue_keys.lua)
-- ARGV  1 now or ''  2 life of an ended run, ms  3 message of a failure  4 message of a cancellation
-- returns  for each: run id, holder
--! use now_ms run_event tags_of launch_order groups wake queue_keys leave_queue create_run retry_run move_run count_ended job_time end_run
local now, expired = now_ms(ARGV[1]), {}
local k = queue_keys({live = KEYS[1], events = KEYS[2], runs_in = KEYS[3], runs = KEYS[4],
                      runs_of = KEYS[5], run_prefix = KEYS[6]}, 8)
for _, run_id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  k.run, k.run_events = KEYS[6] .. run_id, KEYS[7] .. run_id
  local r = redis.call('HMGET', k.run, 'status', 'holder')
  local to = r[1] == 'CANCELING' and 'CANCELED' or 'FAILURE'
  local message = to == 'FAILURE' and ARGV[3] or ARGV[4]
  end_run(k, now, run_id, to, 'PIPELINE_' .. to, message, '', ARGV[2])
  expired[#expired + 1] = run_id
  expired[#expired + 1] = r[2]
end
return expired
