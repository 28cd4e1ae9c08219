-- Returns by when a run that begins now is to have ended, as its tag dagster/max_runtime says in
-- seconds; nil without one that makes sense. Quotes inside of JSON texts are escaped, so that the
-- pattern finds nothing but the tag: to read all tags takes longer, and would fail on strange ones.
local function deadline(tags, now)
  local seconds = tonumber(string.match(tags, '"dagster/max_runtime":%s*"([^"]*)"') or '')
  if seconds and seconds > 0 and seconds < 1e10 then return now + math.floor(seconds * 1000) end
end
