-- Counts a tick by how it ended, and by how long it took: for its sensor, and for all of the code
-- location, whose numbers must not shrink when a sensor goes. `k` names the keys sensor, tally;
-- `begun` is when it began, ms.
local TOOK_MS = {10, 50, 100, 500, 1000, 5000, 10000, 30000, 60000, 300000}

local function count_tick(k, status, begun, now)
  local took, bucket = math.max(0, now - tonumber(begun)), 'more'
  for _, bound in ipairs(TOOK_MS) do
    if took <= bound then
      bucket = bound
      break
    end
  end
  for _, key in ipairs({k.sensor, k.tally}) do
    redis.call('HINCRBY', key, 'tick ' .. status, 1)
    redis.call('HINCRBY', key, 'tick ms', took)
  end
  redis.call('HINCRBY', k.tally, 'took ' .. bucket, 1)
end
