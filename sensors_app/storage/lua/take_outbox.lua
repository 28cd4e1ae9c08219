-- take_outbox: what is to be sent to the broker, by priority and age, as far as concurrency limits
-- admit it. It counts as sent from here on, and leaves that list when a worker takes it up. Of runs
-- that wait, a call looks at a bounded number; the next goes on from there.
-- KEYS  1 prefix of runs  2... the queue (lib/queue_keys.lua)
-- ARGV  1 now or ''  2 how many at most  3 how many may be sent and not taken up
-- returns  the entries
--! use now_ms tags_of launch_order groups slots wake admit queue_keys promise
local k = queue_keys({run_prefix = KEYS[1]}, 2)
local room = math.min(tonumber(ARGV[2]), tonumber(ARGV[3]) - redis.call('ZCARD', k.sent))
if room <= 0 then return {} end
local now, limits, taken = now_ms(ARGV[1]), limits_of(k), {}
for _, entry in ipairs(redis.call('ZRANGEBYSCORE', k.later, '-inf', now, 'LIMIT', 0, 1000)) do
  redis.call('ZREM', k.later, entry)
  promise(k, now, entry)
end
if not limits then
  taken = redis.call('ZRANGE', k.outbox, 0, room - 1)
  for _, entry in ipairs(taken) do
    redis.call('ZREM', k.outbox, entry)
    redis.call('ZADD', k.sent, now, entry)
  end
  return taken
end
for _ = 1, 1000 do
  local first = redis.call('ZPOPMIN', k.outbox)
  if not first[1] then break end
  if admit(k, limits, first[1], first[2]) then
    redis.call('ZADD', k.sent, now, first[1])
    taken[#taken + 1] = first[1]
    if #taken == room then break end
  end
end
return taken
