-- request_cancel: somebody wants a run ended. One under way -> CANCELING: its holder is told, keeps
-- the claim and ends it. One that waits has nobody who would: -> CANCELING -> CANCELED.
-- KEYS  1 run  2 run's log  3 events  4 prefix of the index of states  5 live  6 runs
--       7 prefix of the runs of sensors  8 prefix of runs  9... the queue (lib/queue_keys.lua)
-- ARGV  1 now or ''  2 run id  3 the request's own id  4 reason  5 message of a run that waited
--       6 life of an ended run, ms
-- returns  'canceled' | 'canceling' | 'asked before' | 'ended' | 'foreign' | 'unknown'
--! use now_ms run_event tags_of launch_order groups wake queue_keys leave_queue create_run retry_run move_run count_ended job_time end_run
local r = redis.call('HMGET', KEYS[1], 'status', 'holder', 'cancel_request')
local answer = r[2] and 'canceling' or 'canceled'
if not r[1] then return 'unknown' end
if r[3] == ARGV[3] then return answer end
if r[1] == 'SUCCESS' or r[1] == 'FAILURE' or r[1] == 'CANCELED' then return 'ended' end
if r[1] == 'CANCELING' and r[2] then return 'asked before' end
local k = queue_keys({run = KEYS[1], run_events = KEYS[2], events = KEYS[3], runs_in = KEYS[4],
                      live = KEYS[5], runs = KEYS[6], runs_of = KEYS[7], run_prefix = KEYS[8]}, 9)
-- What another system reports of its runs is kept beside no code.
if not r[2] and r[1] ~= 'NOT_STARTED' and redis.call('EXISTS', k.location) == 0 then
  return 'foreign'
end
local now = now_ms(ARGV[1])
redis.call('HSET', KEYS[1], 'cancel_request', ARGV[3])
if r[1] ~= 'CANCELING' then
  move_run(k, now, ARGV[2], 'CANCELING', 'PIPELINE_CANCELING', ARGV[4], '')
end
if not r[2] then
  end_run(k, now, ARGV[2], 'CANCELED', 'PIPELINE_CANCELED', ARGV[5], '', ARGV[6])
end
return answer
