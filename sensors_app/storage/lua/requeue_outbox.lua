-- requeue_outbox: what was sent so long ago that its message must be taken for lost is sent again; and
-- what a process that is gone had in its hands, with another run, and had not begun.
-- KEYS  1 prefix of runs  2... the queue (lib/queue_keys.lua)
-- ARGV  1 now or ''  2 sent how long ago, ms; '' for none  3 taken how long ago, ms;
--       '' for none
-- returns  how many
--! use now_ms tags_of launch_order queue_keys promise
local k = queue_keys({run_prefix = KEYS[1]}, 2)
local now, requeued = now_ms(ARGV[1]), 0
for key, age in pairs({[k.sent] = tonumber(ARGV[2]), [k.taken] = tonumber(ARGV[3])}) do
  for _, entry in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', now - age)) do
    redis.call('ZREM', key, entry)
    promise(k, now, entry)
    requeued = requeued + 1
  end
end
return requeued
