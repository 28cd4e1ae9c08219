-- `k` names the keys groups, slots (a prefix).

-- A run has a slot in all of its groups or in none.
local function has_slots(k, run_id, names)
  return redis.call('SISMEMBER', k.slots .. names[1], run_id) == 1
end

local function take_slots(k, run_id, names)
  if #names > 0 then redis.call('SADD', k.groups, unpack(names)) end
  for _, group in ipairs(names) do redis.call('SADD', k.slots .. group, run_id) end
end
