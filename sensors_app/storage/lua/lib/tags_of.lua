-- Reads the tags of a run, kept as JSON. Text that is none must not stop what serves all runs.
local function tags_of(text)
  local ok, tags = pcall(cjson.decode, text)
  return ok and type(tags) == 'table' and tags or {}
end
