-- requeue_reactions: what was sent so long ago that its message must be taken for lost is sent again.
-- KEYS  1 to be sent  2 sent
-- ARGV  1 now or ''  2 sent how long ago, ms
-- returns  how many
--! use now_ms
local now = now_ms(ARGV[1])
local lost = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[2]))
for _, id in ipairs(lost) do
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZADD', KEYS[1], now, id)
end
return #lost
