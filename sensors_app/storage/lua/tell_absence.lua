-- tell_absence: a sensor is called because none of its events came for so long, since the last one or
-- since it was started. Once: the next event, or a new start, arms it again.
-- KEYS  1 sensor  2 rules  3 replays  4 location  5 prefix of reactions  6 reactions to be sent
--       7 prefix of the reactions of sensors
-- ARGV  1 now or ''  2 sensor  3 all that happened before this time, ms, has been delivered
--       4 number of the registration whose rules were gone by
-- returns  {'ok', 1 | 0} | {'rules'}: they are out of date
--! use now_ms settled new_reaction
if (redis.call('HGET', KEYS[4], 'registrations') or '') ~= ARGV[4] then return {'rules'} end
local k = {sensor = KEYS[1], replays = KEYS[3], location = KEYS[4], reaction_prefix = KEYS[5],
           react_outbox = KEYS[6], reactions_of_prefix = KEYS[7]}
if not may_time_out(k, ARGV[2]) then return {'ok', 0} end
local s = redis.call('HMGET', k.sensor, 'switched_on', 'heard', 'heard_event', 'absence_told')
local started, heard = tonumber(s[1] or 0), tonumber(s[2] or 0)
local since = math.max(started, heard)
local wait = cjson.decode(redis.call('HGET', KEYS[2], ARGV[2])).absent_after_ms
if since == tonumber(s[4] or -1) or tonumber(ARGV[3]) <= since + wait then return {'ok', 0} end

local told, now = string.format('%.0f', since), now_ms(ARGV[1])
redis.call('HSET', k.sensor, 'absence_told', told)
local events = {own_event(k, 'ABSENCE', now, ARGV[2], {since = told})}
if heard >= started then events[2] = s[3] or nil end
new_reaction(k, now, ARGV[2], events)
return {'ok', 1}
