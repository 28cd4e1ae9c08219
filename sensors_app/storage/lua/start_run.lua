-- start_run: QUEUED -> STARTING, for one worker, whose claim it becomes. The other runs of its message
-- are in the worker's hands from here on: it begins or returns them soon, or is gone.
-- KEYS  1 run  2 run's log  3 events  4 prefix of the index of states  5 live
--       6... the queue (lib/queue_keys.lua)
-- ARGV  1 now or ''  2 run id  3 holder  4 life of the claim, ms  5... the runs that come after it
-- returns  {'ok', then the run's fields} | {'stale', status | ''}
--! use now_ms run_event move_run deadline tags_of groups slots enter_late queue_keys
local k = queue_keys({run = KEYS[1], run_events = KEYS[2], events = KEYS[3], runs_in = KEYS[4]}, 6)
local now, own = now_ms(ARGV[1]), 'launch:' .. ARGV[2]
for i = 5, #ARGV do
  if redis.call('ZREM', k.sent, 'launch:' .. ARGV[i]) == 1 then
    redis.call('ZADD', k.taken, now, 'launch:' .. ARGV[i])
  end
end
for _, key in ipairs({k.outbox, k.sent, k.taken}) do redis.call('ZREM', key, own) end
local r = redis.call('HMGET', KEYS[1], 'status', 'holder', 'tags')
if r[1] == 'QUEUED' then
  redis.call('HSET', KEYS[1], 'holder', ARGV[3], 'started', now)
  local last = deadline(r[3], now)
  if last then redis.call('HSET', KEYS[1], 'deadline', string.format('%.0f', last)) end
  redis.call('ZADD', KEYS[5], now + tonumber(ARGV[4]), ARGV[2])
  enter_late(k, ARGV[2])
  move_run(k, now, ARGV[2], 'STARTING', 'PIPELINE_STARTING', '', '')
elseif r[2] ~= ARGV[3] or (r[1] ~= 'STARTING' and r[1] ~= 'CANCELING') then
  return {'stale', r[1] or ''}
end
return {'ok', unpack(redis.call('HGETALL', KEYS[1]))}
