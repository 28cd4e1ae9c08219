-- Makes a reaction of a sensor, for these events (JSON); returns its id.
-- `k` names the keys reaction_prefix, react_outbox, reactions_of_prefix, location.
local function new_reaction(k, now, name, events)
  -- Padded: reactions of one time are in the order of their ids.
  local id = string.format('%010.0f', redis.call('HINCRBY', k.location, 'reactions', 1))
  local key = k.reaction_prefix .. id
  redis.call('HSET', key, 'sensor', name, 'state', 'waiting', 'attempt', 0, 'created', now,
             'n', #events)
  for i, event in ipairs(events) do redis.call('HSET', key, 'e' .. i, event) end
  redis.call('ZADD', k.react_outbox, now, id)
  redis.call('ZADD', k.reactions_of_prefix .. name, now, id)
  return id
end

-- Returns an event of the system's own, as the first of a reaction: what a sensor is called for if it
-- is not called for each event. All values are texts.
local function own_event(k, kind, now, name, fields)
  fields.type, fields.at, fields.sensor = kind, string.format('%.0f', now), name
  return cjson.encode({string.match(k.location, '{(.-)}'), '', fields})
end
