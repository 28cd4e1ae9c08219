-- unfold_call: creates the runs of the next part of what a call for events requests that was
-- committed. Anybody may call it, any number at once: the place where it goes on is moved by the same step.
-- KEYS  1 what is put by  2 unfolding calls  3 sensor  4... as LocationKeys.requested_runs has them:
--       4 run keys  5 runs  6 runs in QUEUED  7 runs of the sensor  8 outbox  9 events  10 prefix of
--       runs  11 prefix of runs' logs
-- ARGV  1 now or ''  2 id  3 after how long others take over, ms
-- returns  1 | 0: nothing is left to do
--! use now_ms optional run_event tags_of launch_order create_run key_book find_key keep_key create_requested
local t = redis.call('HMGET', KEYS[1], 'tick', 'sensor', 'lineage', 'trace', 'parts', 'next')
local part = t[6] and redis.call('HGET', KEYS[1], t[6])
if not part then return 0 end
local now = now_ms(ARGV[1])
local k = {sensor = KEYS[3], run_keys = KEYS[4], runs = KEYS[5], queued = KEYS[6],
           runs_of = KEYS[7], outbox = KEYS[8], events = KEYS[9], run_prefix = KEYS[10],
           run_events_prefix = KEYS[11], trace = t[4]}

-- The part is read as if it had been sent with this call.
local texts = cjson.decode(part)
for i, text in ipairs(texts) do ARGV[3 + i] = text end
create_requested(k, now, 4, 3 + #texts, {}, 0, 'sensor', t[2], 'tick', t[1], 'lineage', t[3])

if tonumber(t[6]) < tonumber(t[5]) then
  redis.call('HDEL', KEYS[1], t[6])
  redis.call('HSET', KEYS[1], 'next', t[6] + 1)
  redis.call('ZADD', KEYS[2], now + tonumber(ARGV[3]), ARGV[2])
  return 1
end
redis.call('UNLINK', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[2])
return 0
