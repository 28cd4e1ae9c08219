-- begin_reaction: waiting -> running, for one holder. Asked again by it, it answers the same; a
-- second copy of the message has another. Only what was sent can be begun: a late copy must not cut
-- the pause before a retry short. If the sensor is off, gone, or not called for events any more,
-- the reaction is held until it is back.
-- KEYS  1 reaction  2 sensor  3 to be sent  4 sent  5 running
-- ARGV  1 now or ''  2 id  3 holder  4 grace on top of the time limit, ms
--       5 '1': it is in company, of other reactions of one message
-- returns  {'ok', number of this attempt, then each event (JSON)} | {'stale'} | {'held'}
--! use now_ms
local r = redis.call('HMGET', KEYS[1], 'state', 'holder', 'attempt', 'n')
if r[1] == 'running' and r[2] ~= ARGV[3] then return {'stale'} end
if r[1] ~= 'running' and r[1] ~= 'waiting' then return {'stale'} end
local attempt = tonumber(r[3])
if r[1] == 'waiting' then
  local sent = redis.call('ZREM', KEYS[3], ARGV[2]) + redis.call('ZREM', KEYS[4], ARGV[2])
  if sent == 0 then return {'stale'} end
  local s = redis.call('HMGET', KEYS[2], 'defined', 'override', 'default', 'timeout', 'open',
                       'batch')
  if s[5] == ARGV[2] then redis.call('HDEL', KEYS[2], 'open') end
  if s[1] ~= '1' or not s[6] or (s[2] or s[3]) ~= 'RUNNING' then
    redis.call('HSET', KEYS[1], 'state', 'held')
    return {'held'}
  end
  local now = now_ms(ARGV[1])
  attempt = attempt + 1
  redis.call('HSET', KEYS[1], 'state', 'running', 'holder', ARGV[3], 'begun', now,
             'attempt', attempt)
  if ARGV[5] == '1' then redis.call('HSET', KEYS[1], 'company', 1) end
  redis.call('ZADD', KEYS[5], now + tonumber(s[4]) + tonumber(ARGV[4]), ARGV[2])
end
local answer = {'ok', attempt}
for i = 1, tonumber(r[4]) do answer[#answer + 1] = redis.call('HGET', KEYS[1], 'e' .. i) end
return answer
