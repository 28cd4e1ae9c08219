-- unfold_requests: creates the runs of the next part of what a large tick requests. With the last part
-- the tick ends: it is kept, the sensor is free and has its next due time. Anybody may call it, any
-- number at once: the place where it goes on is moved by the same step.
-- KEYS  1 sensor  2 due  3 claimed  4 running  5 ticks  6... as LocationKeys.requested_runs has them:
--       6 run keys  7 runs  8 runs in QUEUED  9 runs of the sensor  10 outbox  11 events  12 prefix of
--       runs  13 prefix of runs' logs  14 inbox  15 tally  16 what is put by  17 unfolding
-- ARGV  1 now or ''  2 sensor  3 token  4 who committed the tick, '' by others  5 ticks kept  6 and for how
--       long, ms  7 most ids listed in a tick  8 below how many ms a sensor is quick  9 after how long
--       others take over, ms
-- returns  {'more', how many runs so far} | {'done', created, run ids (JSON), dropped (JSON)} | {'stale'}
--! use now_ms optional lane drop_seen reschedule strip count_tick pace read_tick keep_tick finish_tick finished_tick run_event tags_of launch_order create_run key_book find_key keep_key create_requested usual_runs end_large
local s = read_tick(KEYS[1])
if s.token ~= ARGV[3] or s.activity ~= 'unfolding' then
  return finished_tick(KEYS[5], ARGV[3], ARGV[4], false)
end
local now, most, t = now_ms(ARGV[1]), tonumber(ARGV[7]), read_staged(KEYS[16])
local k = {sensor = KEYS[1], due = KEYS[2], claimed = KEYS[3], running = KEYS[4], ticks = KEYS[5],
           run_keys = KEYS[6], runs = KEYS[7], queued = KEYS[8], runs_of = KEYS[9],
           outbox = KEYS[10], events = KEYS[11], run_prefix = KEYS[12],
           run_events_prefix = KEYS[13], inbox = KEYS[14], tally = KEYS[15], staged = KEYS[16],
           trace = t.trace}

-- The part is read as if it had been sent with this call.
local texts = cjson.decode(redis.call('HGET', k.staged, t.next))
for i, text in ipairs(texts) do ARGV[9 + i] = text end
local created, run_ids, dropped = create_requested(
  k, now, 10, 9 + #texts, cjson.decode(t.dropped), most, 'sensor', ARGV[2], 'tick', ARGV[3])
t.created, t.dropped = t.created + created, dropped
local listed = cjson.decode(t.run_ids)
for _, id in ipairs(cjson.decode(run_ids)) do
  if #listed < most then listed[#listed + 1] = id end
end
t.run_ids = #listed > 0 and cjson.encode(listed) or '[]'

if tonumber(t.next) < tonumber(t.parts) then
  redis.call('HDEL', k.staged, t.next)
  redis.call('HSET', k.staged, 'next', t.next + 1, 'created', t.created, 'run_ids', t.run_ids,
             'dropped', t.dropped)
  redis.call('ZADD', KEYS[17], now + tonumber(ARGV[9]), ARGV[2])
  return {'more', t.created}
end
if s.inbox_upto then drop_seen(k, s) end
note_runs(k.sensor, s, now, t.created)
end_large(k, ARGV[2], now, {count = ARGV[5], age = tonumber(ARGV[6]), quick_ms = tonumber(ARGV[8])},
          s, t)
redis.call('ZREM', KEYS[17], ARGV[2])
return {'done', t.created, t.run_ids, t.dropped}
