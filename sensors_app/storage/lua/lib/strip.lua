-- The strip of the last ticks that lists show; returns it with how one more ended.
local STRIP_LENGTH = 30

local function strip_with(strip, status)
  local letter = status == 'FAILURE' and 'f' or status == 'SUCCESS' and 'r' or 's'
  return string.sub((strip or '') .. letter, -STRIP_LENGTH)
end
