-- The lanes of a code location. Sensors that are known to be quick share messages; all others, the slow,
-- the new and those that failed lately, go alone, and in a lane of their own, so that they hold
-- nobody up. The names of that lane's sets of due and of claimed sensors end in SLOW.
-- A sensor changes lanes between two claims only: it is in one of these sets at most.
-- `k` names the keys sensor, due, claimed; and the lane, if that is known.
local SLOW = ':slow'

local function lane(k)
  if k.lane then return k.lane end
  return redis.call('HEXISTS', k.sensor, 'quick') == 1 and '' or SLOW
end

-- Makes a sensor due; `condition` is one of ZADD's, such as 'NX'.
local function set_due(k, name, at, condition)
  if condition then
    redis.call('ZADD', k.due .. lane(k), condition, at, name)
  else
    redis.call('ZADD', k.due .. lane(k), at, name)
  end
end

local function unset_due(k, name)
  redis.call('ZREM', k.due, name)
  redis.call('ZREM', k.due .. SLOW, name)
end

-- Returns when a sensor is due, nil if it is not.
local function due_at(k, name)
  local at = redis.call('ZSCORE', k.due .. lane(k), name)
  return at and tonumber(at)
end

local function unset_claimed(k, name)
  redis.call('ZREM', k.claimed, name)
  redis.call('ZREM', k.claimed .. SLOW, name)
end
