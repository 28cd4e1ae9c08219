-- Returns by when a run that begins now is to have ended, as its tag dagster/max_runtime says in
-- seconds, as Python writes numbers; nil without one that makes sense. Quotes inside of JSON texts are
-- escaped, so that the pattern finds nothing but the tag; to read all tags would take longer, and
-- would fail on strange ones.
local function deadline(tags, now)
  local text = string.match(tags, '"dagster/max_runtime":%s*"%s*([%d._eE+-]+)%s*"') or ''
  local seconds = tonumber((string.gsub(text, '_', '')))
  if seconds and seconds > 0 and seconds < 1e10 then return now + math.floor(seconds * 1000) end
end
