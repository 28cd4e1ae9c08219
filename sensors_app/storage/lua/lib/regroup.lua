-- Applies changed limits: who waits is looked at anew, and who is sent or under way has slots in
-- the groups of the new limits, even if these are too few.
-- `k` names the keys live, run_prefix and those of queue_keys.
local function regroup(k, limits)
  local under_way = {}
  for _, group in ipairs(redis.call('SMEMBERS', k.groups)) do
    local slots, parked = k.slots .. group, k.parked .. group
    for _, run_id in ipairs(redis.call('SMEMBERS', slots)) do under_way[run_id] = true end
    local waiting = redis.call('ZRANGE', parked, 0, -1, 'WITHSCORES')
    for i = 1, #waiting, 2 do redis.call('ZADD', k.outbox, waiting[i + 1], waiting[i]) end
    redis.call('DEL', slots, parked)
  end
  redis.call('DEL', k.groups)
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
