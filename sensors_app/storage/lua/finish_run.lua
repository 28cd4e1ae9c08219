-- finish_run: STARTING | STARTED -> SUCCESS | FAILURE, by the holder of the claim.
-- KEYS  1 run  2 run's log  3 events  4 prefix of the index of states  5 live  6 runs
--       7 prefix of the runs of sensors  8 prefix of runs
-- ARGV  1 now or ''  2 run id  3 holder  4 'SUCCESS' | 'FAILURE'  5 message  6 extra (JSON)
--       7 life of an ended run, ms
-- returns  'ok' | 'lost'
--! use now_ms run_event move_run end_run
local r = redis.call('HMGET', KEYS[1], 'status', 'holder', 'error')
-- The error tells a repeat from a run that was failed for its holder, whose claim ran out.
local same_error = (r[3] or ARGV[5]) == ARGV[5]
if r[1] == ARGV[4] and r[2] == ARGV[3] and same_error then return 'ok' end
if r[2] ~= ARGV[3] or (r[1] ~= 'STARTING' and r[1] ~= 'STARTED') then return 'lost' end
local k = {run = KEYS[1], run_events = KEYS[2], events = KEYS[3],
           runs_in = KEYS[4], live = KEYS[5], runs = KEYS[6], runs_of = KEYS[7],
           run_prefix = KEYS[8]}
end_run(k, now_ms(ARGV[1]), ARGV[2], ARGV[4], 'PIPELINE_' .. ARGV[4], ARGV[5], ARGV[6], ARGV[7])
return 'ok'
