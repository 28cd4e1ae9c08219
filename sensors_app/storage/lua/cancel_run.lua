-- cancel_run: a run that has not ended -> CANCELING, and that or it at once -> CANCELED; said of a
-- run by who looks after it.
-- KEYS  1 run  2 run's log  3 events  4 prefix of the index of states  5 live  6 runs
--       7 prefix of the runs of sensors  8 prefix of runs  9... the queue (lib/queue_keys.lua)
-- ARGV  1 now or ''  2 run id  3 'CANCELING' | 'CANCELED'  4 message
--       5 life of an ended run, ms
-- returns  'ok' | its state, which allows no such move | '': there is no such run
--! use now_ms run_event tags_of launch_order groups wake queue_keys leave_queue create_run retry_run move_run count_ended job_time end_run
local from = redis.call('HGET', KEYS[1], 'status')
if from == ARGV[3] then return 'ok' end
local under_way = from == 'NOT_STARTED' or from == 'QUEUED' or from == 'STARTING' or from == 'STARTED'
if not under_way and not (from == 'CANCELING' and ARGV[3] == 'CANCELED') then return from or '' end
local k = queue_keys({run = KEYS[1], run_events = KEYS[2], events = KEYS[3], runs_in = KEYS[4],
                      live = KEYS[5], runs = KEYS[6], runs_of = KEYS[7], run_prefix = KEYS[8]}, 9)
local now = now_ms(ARGV[1])
-- Who executes a canceled run finds at its next report that it is its own no more, and stops.
if ARGV[3] == 'CANCELED' then
  end_run(k, now, ARGV[2], 'CANCELED', 'PIPELINE_CANCELED', ARGV[4], '', ARGV[5])
else
  move_run(k, now, ARGV[2], 'CANCELING', 'PIPELINE_CANCELING', ARGV[4], '')
end
return 'ok'
