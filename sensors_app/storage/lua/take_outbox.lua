-- take_outbox: what is to be sent to the broker, by priority and age, as far as concurrency limits
-- admit it. It counts as sent from here on, and leaves that list when a worker takes it up. Of runs
-- that wait, a call looks at a bounded number; the next goes on from there.
-- KEYS  1 prefix of runs  2... the queue (lib/queue_keys.lua)
-- ARGV  1 now or ''  2 how many at most  3 how many may be sent and not taken up
-- returns  for each: entry, how long runs of its job take in ms; '' if that is not known, or the
--          entry is to go alone since it has a slot, which none should have while it waits for others
--! use now_ms tags_of launch_order groups slots wake admit queue_keys promise
local k = queue_keys({run_prefix = KEYS[1]}, 2)
local room = math.min(tonumber(ARGV[2]), tonumber(ARGV[3]) - redis.call('ZCARD', k.sent))
if room <= 0 then return {} end
local now, limits, answer = now_ms(ARGV[1]), limits_of(k), {}

local function send(entry)
  redis.call('ZADD', k.sent, now, entry)
  local run_id, took = string.match(entry, '^launch:(.*)$'), false
  local r = run_id and redis.call('HMGET', k.run_prefix .. run_id, 'job', 'tags') or {}
  if r[1] and not (limits and #groups_of(limits, r[1], r[2]) > 0) then
    took = redis.call('HGET', k.job_times, r[1])
  end
  answer[#answer + 1] = entry
  answer[#answer + 1] = took or ''
end

for _, entry in ipairs(redis.call('ZRANGEBYSCORE', k.later, '-inf', now, 'LIMIT', 0, 1000)) do
  redis.call('ZREM', k.later, entry)
  promise(k, now, entry)
end
if not limits then
  for _, entry in ipairs(redis.call('ZRANGE', k.outbox, 0, room - 1)) do
    redis.call('ZREM', k.outbox, entry)
    send(entry)
  end
  return answer
end
for _ = 1, 1000 do
  local first = redis.call('ZPOPMIN', k.outbox)
  if not first[1] then break end
  if admit(k, limits, first[1], first[2]) then
    send(first[1])
    if #answer == 2 * room then break end
  end
end
return answer
