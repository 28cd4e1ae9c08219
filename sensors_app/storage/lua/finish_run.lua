-- finish_run: STARTING | STARTED -> SUCCESS | FAILURE | CANCELED, CANCELING -> CANCELED, by the
-- holder of the claim.
-- KEYS  1 run  2 run's log  3 events  4 prefix of the index of states  5 live  6 runs
--       7 prefix of the runs of sensors  8 prefix of runs  9... the queue (lib/queue_keys.lua)
-- ARGV  1 now or ''  2 run id  3 holder  4 'SUCCESS' | 'FAILURE' | 'CANCELED'  5 message
--       6 extra (JSON)  7 life of an ended run, ms  8 message if the run was being canceled
--       9 how long its process took for it, ms, or '' if that is not known
-- returns  'ok' | 'lost'
--! use now_ms run_event tags_of launch_order groups wake queue_keys leave_queue create_run retry_run move_run count_ended job_time end_run
local r = redis.call('HMGET', KEYS[1], 'status', 'holder', 'outcome')
-- What the holder said before tells a repeat from a run that was ended for its holder.
if r[2] == ARGV[3] and r[3] == ARGV[4] then return 'ok' end
local canceling = r[1] == 'CANCELING'
local under_way = canceling or r[1] == 'STARTING' or r[1] == 'STARTED'
if r[2] ~= ARGV[3] or not under_way then return 'lost' end
local to, message = ARGV[4], ARGV[5]
if canceling then to, message = 'CANCELED', ARGV[8] end
local k = queue_keys({run = KEYS[1], run_events = KEYS[2], events = KEYS[3], runs_in = KEYS[4],
                      live = KEYS[5], runs = KEYS[6], runs_of = KEYS[7], run_prefix = KEYS[8]}, 9)
redis.call('HSET', KEYS[1], 'outcome', ARGV[4])
end_run(k, now_ms(ARGV[1]), ARGV[2], to, 'PIPELINE_' .. to, message, ARGV[6], ARGV[7])
if to == 'SUCCESS' and ARGV[9] ~= '' then
  note_time(k, redis.call('HGET', KEYS[1], 'job'), tonumber(ARGV[9]))
end
return 'ok'
