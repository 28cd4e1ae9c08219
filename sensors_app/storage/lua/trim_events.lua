-- trim_events: old events go, those above the number that is kept and those that are too old, but
-- none that somebody is still to read. A call does a bounded part of the work.
-- KEYS  1 events
-- ARGV  1 now or ''  2 how many are kept  3 and for how long, ms  4 the last event that everybody has
--       read; '' if there is no reader  5 how many go at most
-- returns  how many went
--! use now_ms id_before
local spare = redis.call('XLEN', KEYS[1]) - tonumber(ARGV[2])
local too_old, ids = now_ms(ARGV[1]) - tonumber(ARGV[3]), {}

local function may_go(id)
  if ARGV[4] ~= '' and id_before(ARGV[4], id) then return false end
  return #ids < spare or tonumber(string.match(id, '^%d+')) < too_old
end

-- Mostly there is nothing to do, and one look tells.
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if not first or not may_go(first[1]) then return 0 end
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[5])) do
  if not may_go(entry[1]) then break end
  ids[#ids + 1] = entry[1]
end
return redis.call('XDEL', KEYS[1], unpack(ids))
