-- skip_reactions: an operator has a sensor skip everything up to now: what waits for it, and what
-- the listener has still to read. Calls under way and dead letters stay.
-- KEYS  1 sensor  2 reactions of the sensor  3 prefix of reactions  4 to be sent  5 sent  6 to be
--       sent later  7 replays
-- ARGV  1 now or ''  2 sensor
-- returns  how many reactions went | -1: no such sensor is called for events, or was
--! use now_ms
local s = redis.call('HMGET', KEYS[1], 'defined', 'batch')
local is_fed = s[1] == '1' and s[2]
if not is_fed and redis.call('ZCARD', KEYS[2]) == 0 then return -1 end
if s[2] then redis.call('HSET', KEYS[1], 'switched_on', now_ms(ARGV[1]) + 1) end
redis.call('HDEL', KEYS[1], 'open', 'stopped')
for _, field in ipairs(redis.call('HKEYS', KEYS[7])) do
  if string.match(field, '^(%S+) ') == ARGV[2] then redis.call('HDEL', KEYS[7], field) end
end
local gone = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local state = redis.call('HGET', KEYS[3] .. id, 'state')
  if state == 'waiting' or state == 'held' then
    redis.call('UNLINK', KEYS[3] .. id)
    for i = 4, 6 do redis.call('ZREM', KEYS[i], id) end
    redis.call('ZREM', KEYS[2], id)
    gone = gone + 1
  end
end
return gone
