-- take_reactions: the reactions to be sent to the broker, oldest first, those among them whose pause
-- before a retry is over. They count as sent from here on.
-- KEYS  1 to be sent  2 sent  3 to be sent later  4 prefix of reactions  5 prefix of sensors' hashes
-- ARGV  1 now or ''  2 how many at most  3 how many may be sent and not begun
-- returns  for each: id, sensor, time limit in ms, how long calls of the sensor take in ms; '' if it is
--          not known to be quick, or the reaction is to go alone
--! use now_ms
local now, answer = now_ms(ARGV[1]), {}
local due = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, ARGV[2])
for _, id in ipairs(due) do
  redis.call('ZREM', KEYS[3], id)
  redis.call('ZADD', KEYS[1], now, id)
end
local room = math.min(tonumber(ARGV[2]), tonumber(ARGV[3]) - redis.call('ZCARD', KEYS[2]))
if room <= 0 then return answer end
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, room - 1)) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('ZADD', KEYS[2], now, id)
  local r = redis.call('HMGET', KEYS[4] .. id, 'sensor', 'alone')
  local s = redis.call('HMGET', KEYS[5] .. r[1], 'timeout', 'quick', 'took')
  answer[#answer + 1] = id
  answer[#answer + 1] = r[1]
  answer[#answer + 1] = s[1]
  answer[#answer + 1] = s[2] and not r[2] and s[3] or ''
end
return answer
