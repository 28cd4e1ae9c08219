-- start_run: QUEUED -> STARTING, for one worker, whose claim it becomes.
-- KEYS  1 run  2 run's log  3 events  4 prefix of the index of states  5 live  6 outbox  7 sent
--       8... the queue (lib/queue_keys.lua)
-- ARGV  1 now or ''  2 run id  3 holder  4 life of the claim, ms
-- returns  {'ok', then the run's fields} | {'stale', status | ''}
--! use now_ms run_event move_run deadline tags_of groups slots enter_late queue_keys
local r = redis.call('HMGET', KEYS[1], 'status', 'holder', 'tags')
redis.call('ZREM', KEYS[6], 'launch:' .. ARGV[2])
redis.call('ZREM', KEYS[7], 'launch:' .. ARGV[2])
if r[1] == 'QUEUED' then
  local now = now_ms(ARGV[1])
  redis.call('HSET', KEYS[1], 'holder', ARGV[3], 'started', now)
  local last = deadline(r[3], now)
  if last then redis.call('HSET', KEYS[1], 'deadline', string.format('%.0f', last)) end
  redis.call('ZADD', KEYS[5], now + tonumber(ARGV[4]), ARGV[2])
  local k = queue_keys({run = KEYS[1], run_events = KEYS[2], events = KEYS[3],
                        runs_in = KEYS[4]}, 8)
  enter_late(k, ARGV[2])
  move_run(k, now, ARGV[2], 'STARTING', 'PIPELINE_STARTING', '', '')
elseif r[2] ~= ARGV[3] or (r[1] ~= 'STARTING' and r[1] ~= 'CANCELING') then
  return {'stale', r[1] or ''}
end
return {'ok', unpack(redis.call('HGETALL', KEYS[1]))}
