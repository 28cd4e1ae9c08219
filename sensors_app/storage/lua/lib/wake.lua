-- Has the first run that is parked at each of these groups looked at anew, if the group has room.
-- Whatever may leave room in a group ends with this, so none is parked at a group that has room
-- unless an entry of the outbox, which is before it in order, is of that group and will end so too.
-- `k` names the keys outbox, groups, slots (a prefix), parked (a prefix).
local function wake(k, names, size)
  for _, group in ipairs(names) do
    local parked = k.parked .. group
    local held = redis.call('SCARD', k.slots .. group)
    local first = held < size[group] and redis.call('ZPOPMIN', parked) or {}
    if first[1] then redis.call('ZADD', k.outbox, first[2], first[1]) end
    if held == 0 and redis.call('EXISTS', parked) == 0 then redis.call('SREM', k.groups, group) end
  end
end
