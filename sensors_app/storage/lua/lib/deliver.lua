-- Gives an event to a sensor: to its reaction that still takes some, or to a new one.
-- `k` names the keys sensor, reaction_prefix, react_outbox, reactions_of_prefix, location.
local function deliver(k, now, name, event)
  local s = redis.call('HMGET', k.sensor, 'open', 'batch')
  local batch = tonumber(s[2] or 1)
  if s[1] then
    local key = k.reaction_prefix .. s[1]
    local n = redis.call('HINCRBY', key, 'n', 1)
    redis.call('HSET', key, 'e' .. n, event)
    if n >= batch then redis.call('HDEL', k.sensor, 'open') end
    return
  end
  local id = new_reaction(k, now, name, {event})
  if batch > 1 then redis.call('HSET', k.sensor, 'open', id) end
end
