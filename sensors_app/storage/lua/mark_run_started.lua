-- mark_run_started: STARTING -> STARTED by the holder of the claim; NOT_STARTED -> STARTED by the
-- process that created the run for itself.
-- KEYS  1 run  2 run's log  3 events  4 prefix of the index of states
-- ARGV  1 now or ''  2 run id  3 holder  4 message
-- returns  'ok' | 'cancel' | 'overdue' | 'lost'
--! use now_ms run_event move_run wish
local now = now_ms(ARGV[1])
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'NOT_STARTED' then
  local wanted = wish(KEYS[1], ARGV[3], now)
  -- A run that is to end does not begin any more.
  if wanted ~= 'ok' or status ~= 'STARTING' then return wanted end
end
redis.call('HSET', KEYS[1], 'holder', ARGV[3], 'started', now)
local k = {run = KEYS[1], run_events = KEYS[2], events = KEYS[3],
           runs_in = KEYS[4]}
move_run(k, now, ARGV[2], 'STARTED', 'PIPELINE_START', ARGV[4], '')
return 'ok'
