-- Lua hands no more than 8,000 arguments on.
local GROUPS_AT_ONCE = 5000

-- Applies changed limits: who waits is looked at anew, and who is sent or under way has slots in
-- the groups of the new limits, even if these are too few.
-- `k` names the keys live, run_prefix and those of queue_keys.
local function regroup(k, limits)
  local under_way, parked = {}, {}
  for _, group in ipairs(redis.call('SMEMBERS', k.groups)) do
    local slots = k.slots .. group
    for _, run_id in ipairs(redis.call('SMEMBERS', slots)) do under_way[run_id] = true end
    redis.call('UNLINK', slots)
    parked[#parked + 1] = k.parked .. group
  end
  redis.call('DEL', k.groups)
  -- By few commands, however many wait: one for each took several times as long.
  for first = 1, #parked, GROUPS_AT_ONCE do
    local last = math.min(first + GROUPS_AT_ONCE - 1, #parked)
    redis.call('ZUNIONSTORE', k.outbox, last - first + 2, k.outbox, unpack(parked, first, last))
    redis.call('UNLINK', unpack(parked, first, last))
  end
  if not limits then return end
  for _, run_id in ipairs(redis.call('ZRANGE', k.live, 0, -1)) do under_way[run_id] = true end
  for _, key in ipairs({k.sent, k.taken}) do
    for _, entry in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      local run_id = string.match(entry, '^launch:(.*)$')
      if run_id then under_way[run_id] = true end
    end
  end
  for run_id in pairs(under_way) do
    local r = redis.call('HMGET', k.run_prefix .. run_id, 'job', 'tags', 'ended')
    if r[1] and not r[3] then take_slots(k, run_id, (groups_of(limits, r[1], r[2]))) end
  end
end
