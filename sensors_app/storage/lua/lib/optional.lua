-- An optional text travels as '' (absent) or '=' .. text, so that absent and empty differ.
local function unwrap(text)
  if text == '' then return false end
  return string.sub(text, 2)
end

local function wrap(value)
  if not value then return '' end
  return '=' .. value
end
