-- Takes a run that ends out of the queue, wherever it is there, and gives its slots to who waits.
-- `k` names the keys run and those of queue_keys.
local function leave_queue(k, run_id)
  local entry = 'launch:' .. run_id
  redis.call('ZREM', k.outbox, entry)
  redis.call('ZREM', k.sent, entry)
  redis.call('ZREM', k.taken, entry)
  redis.call('ZREM', k.later, entry)
  local limits = limits_of(k)
  if not limits then return end
  local r = redis.call('HMGET', k.run, 'job', 'tags')
  local names, size = groups_of(limits, r[1], r[2])
  for _, group in ipairs(names) do
    redis.call('SREM', k.slots .. group, run_id)
    redis.call('ZREM', k.parked .. group, entry)
  end
  -- Even if it had no slots: it may have been in the outbox because it was woken.
  wake(k, names, size)
end
