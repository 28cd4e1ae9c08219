-- The events that a join waits with: for each correlation value a sorted set of them, by side, and by
-- time within each; and an index of the values, by the time of their oldest event.
-- `k` names the keys join_values and join_events (both prefixes), and what new_reaction needs;
-- `rules` are from join_rules.

-- Ends the group of the oldest events of each side, as far as they came before `stop`.
local function close_group(k, now, name, rules, value, key, heads, times, stop)
  local sides, missing, events = {}, {}, {}
  for i, side in ipairs(rules.sides) do
    if heads[i] and times[i] <= stop then
      redis.call('ZREM', key, heads[i])
      sides[#sides + 1] = side
      events[#events + 1] = string.match(heads[i], '^[^\n]*\n[^\n]*\n(.*)$')
    else
      missing[#missing + 1] = side
    end
  end
  if (#missing > 0) ~= (rules.outcome == 'MISSING') then return end
  table.insert(events, 1, own_event(k, 'JOIN_' .. rules.outcome, now, name, {
    value = value, sides = cjson.encode(sides), missing = #missing > 0 and cjson.encode(missing) or '[]'}))
  new_reaction(k, now, name, events)
end

-- Ends the groups of a value that are settled: whatever is still to be delivered changes nothing about
-- them. All that happened before `upto` has been delivered. So a group does not depend on the order
-- in which streams are read. The number of groups is bounded; the rest is for close_joins.
local function settle(k, now, name, rules, value, upto)
  local key, index = k.join_events .. name .. ':' .. value, k.join_values .. name
  for _ = 1, 100 do
    local heads, times, first, whole = {}, {}, nil, true
    for i, side in ipairs(rules.sides) do
      local from, to = '[' .. side .. '\n', '(' .. side .. '\11'
      heads[i] = redis.call('ZRANGEBYLEX', key, from, to, 'LIMIT', 0, 1)[1] or false
      times[i] = heads[i] and tonumber(string.match(heads[i], '\n(%d+)'))
      whole = whole and heads[i]
      if heads[i] then first = math.min(first or times[i], times[i]) end
    end
    if not first then return redis.call('ZREM', index, value) end
    if not whole and upto <= first + rules.within then
      return redis.call('ZADD', index, first, value)
    end
    close_group(k, now, name, rules, value, key, heads, times, first + rules.within)
  end
  redis.call('ZADD', index, 0, value)
end

-- Takes an event in. While older ones are replayed no group is settled: close_joins does it then.
local function join(k, now, name, rules, side, value, at, event)
  local ms, n = string.match(cjson.decode(event)[2], '^(%d+)-(%d+)$')
  local order = string.format('%015.0f %015.0f %010.0f', at, ms, n)
  redis.call('ZADD', k.join_events .. name .. ':' .. value, 0, side .. '\n' .. order .. '\n' .. event)
  if rules.hold then return redis.call('ZADD', k.join_values .. name, 0, value) end
  settle(k, now, name, rules, value, 0)
end
