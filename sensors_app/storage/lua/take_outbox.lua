-- take_outbox: what is to be sent to the broker, oldest first. It counts as sent from here on, and
-- leaves that list when a worker takes it up.
-- KEYS  1 outbox  2 sent
-- ARGV  1 now or ''  2 how many at most  3 how many may be sent and not taken up
-- returns  the entries
--! use now_ms
local room = math.min(tonumber(ARGV[2]), tonumber(ARGV[3]) - redis.call('ZCARD', KEYS[2]))
if room <= 0 then return {} end
local now, taken = now_ms(ARGV[1]), redis.call('ZRANGE', KEYS[1], 0, room - 1)
for _, entry in ipairs(taken) do
  redis.call('ZREM', KEYS[1], entry)
  redis.call('ZADD', KEYS[2], now, entry)
end
return taken
