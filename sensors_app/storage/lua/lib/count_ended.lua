-- Counts a run by its job and how it ended. What other systems call their jobs is theirs to choose:
-- beyond a number of names, all further ones count as one. `k` names the key tally.
local function count_ended(k, job, to)
  local field = 'run ' .. to .. ' ' .. job
  if redis.call('HLEN', k.tally) >= 1000 and redis.call('HEXISTS', k.tally, field) == 0 then
    field = 'run ' .. to .. ' '
  end
  redis.call('HINCRBY', k.tally, field, 1)
end
