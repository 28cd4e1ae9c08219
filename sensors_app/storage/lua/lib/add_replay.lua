-- Has events of a stream delivered to a sensor once more: those after one and up to another, which
-- are not older than `since`, ms. Several replays of a stream may wait. Of two that end alike, the
-- one that reaches back further holds the other.
local function add_replay(replays, name, source, after, upto, since)
  if after == '' then after = '0-0' end
  if not id_before(after, upto) then return end
  local field = name .. ' ' .. source .. ' ' .. upto
  local pending = redis.call('HGET', replays, field)
  if pending then
    local pending_after, pending_since = string.match(pending, '^(%S+) (%S+)$')
    if id_before(pending_after, after) then after = pending_after end
    since = math.min(since, tonumber(pending_since))
  end
  redis.call('HSET', replays, field, after .. ' ' .. string.format('%.0f', since))
end
