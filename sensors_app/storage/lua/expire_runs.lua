-- expire_runs: runs whose worker has given no sign of life for the length of its claim fail.
-- KEYS  1 live  2 events  3 prefix of the index of states  4 runs  5 prefix of the runs of sensors
--       6 prefix of runs  7 prefix of runs' logs
-- ARGV  1 now or ''  2 life of an ended run, ms  3 message
-- returns  for each: run id, holder
--! use now_ms run_event move_run end_run
local now, expired = now_ms(ARGV[1]), {}
for _, run_id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  local run = KEYS[6] .. run_id
  local k = {run = run, run_events = KEYS[7] .. run_id, events = KEYS[2],
             runs_in = KEYS[3], live = KEYS[1], runs = KEYS[4], runs_of = KEYS[5],
             run_prefix = KEYS[6]}
  local holder = redis.call('HGET', run, 'holder')
  end_run(k, now, run_id, 'FAILURE', 'PIPELINE_FAILURE', ARGV[3], '', ARGV[2])
  expired[#expired + 1] = run_id
  expired[#expired + 1] = holder
end
return expired
