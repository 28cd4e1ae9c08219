-- commit_tick: an evaluation went well. Dedupes run keys, creates runs, moves the cursor, keeps the
-- tick, promises the launches, sets the next due time, frees the claim: together or not at all.
-- Called again with the same token by the same holder it changes nothing and answers the same.
-- KEYS  1 sensor  2 due  3 claimed  4 running  5 ticks  6 run keys  7 runs  8 runs in QUEUED
--       9 runs of the sensor  10 outbox  11 events  12 prefix of runs  13 prefix of runs' logs
--       14 inbox  15 tally
-- ARGV  1 now or ''  2 sensor  3 token  4 holder  5 ticks kept  6 and for how long, ms  7 most ids
--       listed in a tick  8 cursor (optional text)  9 data (JSON)  10 how many requests
--       11 those whose key is known to be used, some of them (JSON)  12 context of its trace, or ''
--       then for each other request: run id, run key (optional text), job, config (JSON), tags (JSON)
-- returns  {'ok' | 'done', created, run ids (JSON), dropped (JSON)} | {'stale'}
--! use now_ms optional drop_seen reschedule strip count_tick finish_tick finished_tick run_event tags_of launch_order create_run create_requested
local s = redis.call('HMGET', KEYS[1], 'token', 'activity', 'holder', 'cursor', 'begun',
                     'inbox_upto')
if s[1] ~= ARGV[3] or s[2] ~= 'running' or s[3] ~= ARGV[4] then
  local kept = finished_tick(KEYS[5], ARGV[3], ARGV[4], false)
  if not kept then return {'stale'} end
  return {'done', tonumber(kept.created), kept.run_ids, kept.dropped}
end

local now, most = now_ms(ARGV[1]), tonumber(ARGV[7])
local k = {sensor = KEYS[1], due = KEYS[2], claimed = KEYS[3], running = KEYS[4], ticks = KEYS[5],
           runs = KEYS[7], queued = KEYS[8], outbox = KEYS[10], events = KEYS[11],
           run_prefix = KEYS[12], run_events_prefix = KEYS[13],
           run_keys = KEYS[6], runs_of = KEYS[9], inbox = KEYS[14],
           tally = KEYS[15], trace = ARGV[12]}
local created, run_ids, dropped = create_requested(k, now, 13, #ARGV, cjson.decode(ARGV[11]), most,
                                                   'sensor', ARGV[2], 'tick', ARGV[3])
local cursor = unwrap(ARGV[8])
if cursor then
  redis.call('HSET', KEYS[1], 'cursor', cursor)
else
  redis.call('HDEL', KEYS[1], 'cursor')
end
if s[6] then drop_seen(k, s[6]) end
local status = created > 0 and 'SUCCESS' or 'SKIPPED'
finish_tick(k, ARGV[2], ARGV[3], now, ARGV[5], ARGV[6], status, {
  'started', s[5], 'worker', ARGV[4], 'before', wrap(s[4]), 'after', ARGV[8], 'data', ARGV[9],
  'requested', ARGV[10], 'created', created, 'run_ids', run_ids,
  'dropped', dropped})
return {'ok', created, run_ids, dropped}
