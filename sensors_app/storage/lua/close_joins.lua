-- close_joins: the groups of a join whose window is over end, complete or not. A join that wants the
-- incomplete ones is called for them.
-- KEYS  1 sensor  2 rules  3 replays  4 location  5 prefix of the values with events that wait
--       6 prefix of these events  7 prefix of reactions  8 reactions to be sent
--       9 prefix of the reactions of sensors
-- ARGV  1 now or ''  2 sensor  3 all that happened before this time, ms, has been delivered
--       4 number of the registration whose rules were gone by  5 how many values at most
-- returns  {'ok', how many values are still to be looked at} | {'rules'}: they are out of date
--! use now_ms settled new_reaction join_rules join
if (redis.call('HGET', KEYS[4], 'registrations') or '') ~= ARGV[4] then return {'rules'} end
local k = {sensor = KEYS[1], rules = KEYS[2], replays = KEYS[3], location = KEYS[4],
           join_values = KEYS[5], join_events = KEYS[6], reaction_prefix = KEYS[7],
           react_outbox = KEYS[8], reactions_of_prefix = KEYS[9]}
local name, upto = ARGV[2], tonumber(ARGV[3])
if not may_time_out(k, name) then return {'ok', 0} end
local rules = join_rules(k, name, false)
local index, before = k.join_values .. name, string.format('(%.0f', upto - rules.within)
local over = redis.call('ZRANGEBYSCORE', index, '-inf', before, 'LIMIT', 0, ARGV[5])
for _, value in ipairs(over) do settle(k, now_ms(ARGV[1]), name, rules, value, upto) end
return {'ok', redis.call('ZCOUNT', index, '-inf', before)}
