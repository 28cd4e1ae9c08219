-- Lets a run that is to be launched through, with a slot in each of its groups, or parks it at the
-- first group that is full. Returns whether it may be sent.
-- `k` names the keys run_prefix, outbox, groups, slots (a prefix), parked (a prefix).
local function admit(k, limits, entry, order)
  local run_id = string.match(entry, '^launch:(.*)$')
  if not run_id then return true end
  local r = redis.call('HMGET', k.run_prefix .. run_id, 'status', 'job', 'tags')
  if not r[1] then return false end
  local names, size = groups_of(limits, r[2], r[3])
  if #names == 0 then return r[1] == 'QUEUED' end
  -- One whose message was lost has its slots.
  if has_slots(k, run_id, names) then return r[1] == 'QUEUED' end
  local full
  for _, group in ipairs(names) do
    if redis.call('SCARD', k.slots .. group) >= size[group] then full = full or group end
  end
  if r[1] == 'QUEUED' and full then
    redis.call('SADD', k.groups, full)
    redis.call('ZADD', k.parked .. full, order, entry)
  elseif r[1] == 'QUEUED' then
    take_slots(k, run_id, names)
  end
  wake(k, names, size)
  return r[1] == 'QUEUED' and not full
end
