-- trim_events: old events of runs go, as many as there are above the number that is kept, but none
-- that somebody is still to read. A call does a bounded part of the work.
-- KEYS  1 events
-- ARGV  1 how many are kept  2 the last event that everybody has read; '' if there is no reader
-- returns  how many went
--! use id_before
local keep, part, gone = tonumber(ARGV[1]), 500, 0

for _ = 1, 20 do
  local spare = math.min(part, redis.call('XLEN', KEYS[1]) - keep)
  if spare <= 0 then break end
  local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', spare)
  local ids = {}
  for i = 1, #oldest do
    if ARGV[2] ~= '' and id_before(ARGV[2], oldest[i][1]) then break end
    ids[i] = oldest[i][1]
  end
  if #ids == 0 then break end
  gone = gone + redis.call('XDEL', KEYS[1], unpack(ids))
end
return gone
