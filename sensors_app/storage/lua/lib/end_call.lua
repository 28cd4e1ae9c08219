-- A call for events that went well. Who commits one gives the same first keys and arguments:
-- KEYS  1 reaction  2 sensor  3 ticks  4 run keys  5 runs  6 runs in QUEUED  7 runs of the sensor
--       8 outbox  9 events  10 prefix of runs  11 prefix of runs' logs  12 running reactions
--       13 reactions of the sensor  14 tally
-- ARGV  1 now or ''  2 id  3 holder  4 sensor  5 ticks kept  6 and for how long, ms  7 most ids listed
--       in a tick  8 data (JSON)  9 how many requests  10 life of what remains, ms  11 the sensors
--       whose calls led here, with commas: it goes on with the runs  12 '1': it did something itself
--       13 context of its trace, or ''  14 how long after it was begun it was called, ms, or ''
--       15 how long it took, ms, or ''  16 below which time a sensor is quick, ms

-- Returns the call, and what its commit answers at once, if the call is not this holder's or over.
local function read_call()
  local r = redis.call('HMGET', KEYS[1], 'state', 'holder', 'begun', 'attempt', 'created_runs',
                       'run_ids', 'dropped')
  local call = {begun = r[3], attempt = r[4]}
  if r[2] == ARGV[3] and r[1] == 'done' then return call, {'done', tonumber(r[5]), r[6], r[7]} end
  if r[2] ~= ARGV[3] or r[1] ~= 'running' then return call, {'stale'} end
  return call, nil
end

-- Returns the keys by their names, as what creates runs and keeps calls wants them.
local function keys_of_call()
  return {sensor = KEYS[2], ticks = KEYS[3], run_keys = KEYS[4], runs = KEYS[5], queued = KEYS[6],
          runs_of = KEYS[7], outbox = KEYS[8], events = KEYS[9], run_prefix = KEYS[10],
          run_events_prefix = KEYS[11], tally = KEYS[14], trace = ARGV[13]}
end

-- Keeps the call under an id among its sensor's ticks. What remains of the reaction answers whoever lost
-- the reply, for a while. Returns what the commit answers.
local function end_call(k, call, now, call_id, created, run_ids, dropped)
  local status = (created > 0 or ARGV[12] == '1') and 'SUCCESS' or 'SKIPPED'
  local started, ended = call_times(call.begun, now, ARGV[14], ARGV[15])
  pace_call(k, status, ARGV[15], tonumber(ARGV[16]))
  keep_call(k, call_id, now, ended, ARGV[5], ARGV[6], status, {
    'started', started, 'worker', ARGV[3], 'data', ARGV[8], 'requested', ARGV[9],
    'created', created, 'run_ids', run_ids, 'dropped', dropped, 'attempt', call.attempt})
  redis.call('ZREM', KEYS[12], ARGV[2])
  redis.call('ZREM', KEYS[13], ARGV[2])
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'state', 'done', 'holder', ARGV[3], 'created_runs', created,
             'run_ids', run_ids, 'dropped', dropped)
  redis.call('PEXPIRE', KEYS[1], ARGV[10])
  return {'ok', created, run_ids, dropped}
end
