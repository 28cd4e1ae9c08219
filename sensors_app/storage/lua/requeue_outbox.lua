-- requeue_outbox: what was sent so long ago that its message must be taken for lost is sent again.
-- KEYS  1 prefix of runs  2... the queue (lib/queue_keys.lua)
-- ARGV  1 now or ''  2 sent how long ago, ms
-- returns  how many
--! use now_ms tags_of launch_order queue_keys promise
local k = queue_keys({run_prefix = KEYS[1]}, 2)
local now = now_ms(ARGV[1])
local lost = redis.call('ZRANGEBYSCORE', k.sent, '-inf', now - tonumber(ARGV[2]))
for _, entry in ipairs(lost) do
  redis.call('ZREM', k.sent, entry)
  promise(k, now, entry)
end
return #lost
