-- mark_run_started: STARTING -> STARTED by the holder of the claim; NOT_STARTED -> STARTED by the
-- process that created the run for itself.
-- KEYS  1 run  2 run's log  3 events  4 prefix of the index of states
-- ARGV  1 now or ''  2 run id  3 holder  4 message
-- returns  'ok' | 'lost'
--! use now_ms run_event move_run
local r = redis.call('HMGET', KEYS[1], 'status', 'holder')
if r[1] == 'STARTED' and r[2] == ARGV[3] then return 'ok' end
if r[1] == 'STARTING' and r[2] ~= ARGV[3] then return 'lost' end
if r[1] ~= 'STARTING' and r[1] ~= 'NOT_STARTED' then return 'lost' end
local now = now_ms(ARGV[1])
redis.call('HSET', KEYS[1], 'holder', ARGV[3], 'started', now)
local k = {run = KEYS[1], run_events = KEYS[2], events = KEYS[3],
           runs_in = KEYS[4]}
move_run(k, now, ARGV[2], 'STARTED', 'PIPELINE_START', ARGV[4], '')
return 'ok'
