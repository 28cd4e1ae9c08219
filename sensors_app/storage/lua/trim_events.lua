-- trim_events: old events of runs go, as many as there are above the number that is kept, but none
-- that somebody is still to read. A call does a bounded part of the work.
-- KEYS  1 events
-- ARGV  1 how many are kept  2 the last event that everybody has read; '' if there is no reader
-- returns  how many went
local keep, part, gone = tonumber(ARGV[1]), 500, 0

-- Ids as pairs of numbers: as text, '9-0' would be after '10-0'.
local function is_read(id)
  if ARGV[2] == '' then return true end
  local ms, n = string.match(id, '^(%d+)-(%d+)$')
  local read_ms, read_n = string.match(ARGV[2], '^(%d+)-(%d+)$')
  if ms ~= read_ms then return tonumber(ms) < tonumber(read_ms) end
  return tonumber(n) <= tonumber(read_n)
end

for _ = 1, 20 do
  local spare = math.min(part, redis.call('XLEN', KEYS[1]) - keep)
  if spare <= 0 then break end
  local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', spare)
  local ids = {}
  for i = 1, #oldest do
    if not is_read(oldest[i][1]) then break end
    ids[i] = oldest[i][1]
  end
  if #ids == 0 then break end
  gone = gone + redis.call('XDEL', KEYS[1], unpack(ids))
end
return gone
