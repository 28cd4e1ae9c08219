-- retry_dead_letters: reactions that failed once too often are tried anew, with all their attempts.
-- KEYS  1 dead letters  2 prefix of reactions  3 to be sent
-- ARGV  1 now or ''  2... their ids
-- returns  how many were dead letters
--! use now_ms
local now, known = now_ms(ARGV[1]), 0
for i = 2, #ARGV do
  if redis.call('ZREM', KEYS[1], ARGV[i]) == 1 then
    local key = KEYS[2] .. ARGV[i]
    redis.call('HSET', key, 'state', 'waiting', 'attempt', 0)
    redis.call('HDEL', key, 'died', 'failed_by')
    redis.call('ZADD', KEYS[3], now, ARGV[i])
    known = known + 1
  end
end
return known
