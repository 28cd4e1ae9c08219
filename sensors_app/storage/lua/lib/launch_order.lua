-- The place of a launch in the outbox: priority first, then age. Priorities beyond 500 either way
-- count as 500, so that the sum stays exact; one that is no integer counts as 0.
local function launch_order(created, tags)
  local priority = 0
  -- Few runs have one, and reading all tags takes ten times as long as this look.
  if string.find(tags, '/priority"', 1, true) then
    local text = tostring(tags_of(tags)['dagster/priority'])
    priority = tonumber(string.match(text, '^%s*([+-]?%d+)%s*$') or 0)
  end
  return tonumber(created) - math.max(-500, math.min(500, priority)) * 1e13
end
