-- Has every sensor of a code location looked at now if its definitions, or what is asked for, have
-- changed since the last time. `k` names the keys location, sensors, looks.
local function seed_looks(k, now, asked)
  local mark = (redis.call('HGET', k.location, 'registrations') or '') .. ' ' .. asked
  if redis.call('HGET', k.location, 'looks') == mark then return end
  redis.call('HSET', k.location, 'looks', mark)
  local entries = {}
  for _, name in ipairs(redis.call('HKEYS', k.sensors)) do
    entries[#entries + 1] = now
    entries[#entries + 1] = name
    if #entries >= 1000 then
      redis.call('ZADD', k.looks, unpack(entries))
      entries = {}
    end
  end
  if #entries > 0 then redis.call('ZADD', k.looks, unpack(entries)) end
end
