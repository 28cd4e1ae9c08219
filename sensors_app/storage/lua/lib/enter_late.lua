-- A run that starts without slots (its message was on its way when the limits came) counts all
-- the same, and waits no more. `k` names the keys run and those of queue_keys.
local function enter_late(k, run_id)
  local limits = limits_of(k)
  if not limits then return end
  local r = redis.call('HMGET', k.run, 'job', 'tags')
  local names = groups_of(limits, r[1], r[2])
  if #names == 0 or has_slots(k, run_id, names) then return end
  take_slots(k, run_id, names)
  for _, group in ipairs(names) do redis.call('ZREM', k.parked .. group, 'launch:' .. run_id) end
end
