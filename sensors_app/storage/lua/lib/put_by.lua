-- Puts a part of what is requested by, under its number, until what it belongs to is committed or
-- nobody goes on with it. What another owner of the same place has left behind goes: it was never
-- committed. A part may be put by again.
local function put_by(staged, owner, number, part, life_ms)
  if redis.call('HGET', staged, 'tick') ~= owner then redis.call('UNLINK', staged) end
  redis.call('HSET', staged, 'tick', owner, number, part)
  redis.call('PEXPIRE', staged, life_ms)
end

-- Tells whether so many parts are put by for an owner, no fewer.
local function all_put_by(staged, owner, parts)
  return redis.call('HGET', staged, 'tick') == owner
         and redis.call('HLEN', staged) == tonumber(parts) + 1
end
