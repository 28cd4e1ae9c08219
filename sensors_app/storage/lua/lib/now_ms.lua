-- Milliseconds since the epoch: the caller's if it gave one (tests do), else the server's.
local function now_ms(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
