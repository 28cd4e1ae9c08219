-- The rules of a join, and what waits by them.
-- `k` names the keys sensor, rules, replays, join_values (a prefix), join_events (a prefix).

-- Drops all that waits.
local function forget_joins(k, name)
  local index = k.join_values .. name
  for _, value in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    redis.call('UNLINK', k.join_events .. name .. ':' .. value)
  end
  redis.call('DEL', index)
  redis.call('HDEL', k.sensor, 'join_since', 'join_sides')
end

-- Returns the rules, and in `hold` whether groups have to wait for older events. If the rules have
-- changed, what waits and does not go with them is dropped. So is all that waits if the sensor was
-- started afresh since, or skipped what was before: that is not its any more.
local function join_rules(k, name, hold)
  local join = cjson.decode(redis.call('HGET', k.rules, name)).join
  join.hold = hold or is_replaying(k, name)
  local s = redis.call('HMGET', k.sensor, 'switched_on', 'join_since', 'join_sides')
  local since, sides = (s[1] or '') .. ' ' .. join.by, cjson.encode(join.sides)
  if s[2] == since and s[3] == sides then return join end
  if s[2] ~= since then forget_joins(k, name) end
  redis.call('HSET', k.sensor, 'join_since', since, 'join_sides', sides)
  local gone, index = {}, k.join_values .. name
  for _, side in ipairs(cjson.decode(s[3] or '[]')) do gone[side] = true end
  for _, side in ipairs(join.sides) do gone[side] = nil end
  for _, value in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    for side in pairs(gone) do
      redis.call('ZREMRANGEBYLEX', k.join_events .. name .. ':' .. value, '[' .. side .. '\n',
                 '(' .. side .. '\11')
    end
    -- What is left may be complete now: the next call of close_joins looks at it.
    redis.call('ZADD', index, 0, value)
  end
  return join
end
