-- Has every sensor of a code location looked at now if its definitions, or what is asked for, have
-- changed since the last time: some at a time, for there may be many. Returns whether there are more.
-- `k` names the keys location, sensors, looks.
local SEEDS = 2000

local function seed_looks(k, now, asked)
  local s = redis.call('HMGET', k.location, 'registrations', 'looks', 'seeding')
  local mark = (s[1] or '') .. ' ' .. asked
  if s[2] == mark then return false end
  local from, of = string.match(s[3] or '', '^(%d+) (.*)$')
  local upto, found = unpack(redis.call('HSCAN', k.sensors, of == mark and from or 0, 'COUNT', SEEDS))
  local entries = {}
  for i = 1, #found, 2 do
    entries[#entries + 1] = now
    entries[#entries + 1] = found[i]
    if #entries >= 1000 or i == #found - 1 then
      redis.call('ZADD', k.looks, unpack(entries))
      entries = {}
    end
  end
  if upto == '0' then
    redis.call('HSET', k.location, 'looks', mark)
    redis.call('HDEL', k.location, 'seeding')
  else
    redis.call('HSET', k.location, 'seeding', upto .. ' ' .. mark)
  end
  return upto ~= '0'
end
