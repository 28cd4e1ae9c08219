-- commit_reaction: a sensor was called for events and that went well. Dedupes run keys, creates runs,
-- keeps the call among the sensor's ticks, promises the launches: together or not at all. What
-- remains of the reaction answers whoever lost the reply, for a while.
-- KEYS  1 reaction  2 sensor  3 ticks  4 run keys  5 runs  6 runs in QUEUED  7 runs of the sensor
--       8 outbox  9 events  10 prefix of runs  11 prefix of runs' logs  12 running reactions
--       13 reactions of the sensor  14 tally
-- ARGV  1 now or ''  2 id  3 holder  4 sensor  5 ticks kept  6 and for how long, ms  7 most ids listed
--       in a tick  8 data (JSON)  9 how many requests  10 life of what remains, ms  11 the sensors
--       whose calls led here, with commas: it goes on with the runs  12 '1': it did something itself
--       13 context of its trace, or ''  14 how long after it was begun it was called, ms, or ''
--       15 how long it took, ms, or ''  16 below which time a sensor is quick, ms
--       then for each request: run id, run key (optional text), job, config (JSON), tags (JSON)
-- returns  {'ok' | 'done', created, run ids (JSON), dropped (JSON)} | {'stale'}
--! use now_ms optional run_event tags_of launch_order create_run key_book find_key keep_key create_requested strip count_tick keep_call pace pace_call
local r = redis.call('HMGET', KEYS[1], 'state', 'holder', 'begun', 'attempt', 'created_runs',
                     'run_ids', 'dropped')
if r[2] ~= ARGV[3] then return {'stale'} end
if r[1] == 'done' then return {'done', tonumber(r[5]), r[6], r[7]} end
if r[1] ~= 'running' then return {'stale'} end

local now = now_ms(ARGV[1])
local k = {sensor = KEYS[2], ticks = KEYS[3], run_keys = KEYS[4], runs = KEYS[5], queued = KEYS[6],
           runs_of = KEYS[7], outbox = KEYS[8], events = KEYS[9], run_prefix = KEYS[10],
           run_events_prefix = KEYS[11], tally = KEYS[14],
           trace = ARGV[13]}
local call_id = next_call_id(k, now)
local created, run_ids, dropped = create_requested(
  k, now, 17, #ARGV, {}, tonumber(ARGV[7]), 'sensor', ARGV[4], 'tick',
  string.gsub(call_id, '%-0$', ''), 'lineage', ARGV[11])
local status = (created > 0 or ARGV[12] == '1') and 'SUCCESS' or 'SKIPPED'
local started, ended = call_times(r[3], now, ARGV[14], ARGV[15])
pace_call(k, status, ARGV[15], tonumber(ARGV[16]))
keep_call(k, call_id, now, ended, ARGV[5], ARGV[6], status, {
  'started', started, 'worker', ARGV[3], 'data', ARGV[8], 'requested', ARGV[9], 'created', created,
  'run_ids', run_ids, 'dropped', dropped, 'attempt', r[4]})
redis.call('ZREM', KEYS[12], ARGV[2])
redis.call('ZREM', KEYS[13], ARGV[2])
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'state', 'done', 'holder', ARGV[3], 'created_runs', created,
           'run_ids', run_ids, 'dropped', dropped)
redis.call('PEXPIRE', KEYS[1], ARGV[10])
return {'ok', created, run_ids, dropped}
