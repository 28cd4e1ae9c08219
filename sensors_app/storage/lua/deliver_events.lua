-- deliver_events: events of one stream become reactions of the sensors they are for, and the place
-- up to which the stream is read moves on: in one step, so that each event is delivered once,
-- however many listeners read it and wherever one of them dies.
-- KEYS  1 positions, or replays  2 prefix of the sensors' hashes  3 prefix of reactions  4 reactions
--       to be sent  5 prefix of the reactions of sensors  6 location  7 rules  8 replays
--       9 prefix of the values for which joins wait  10 prefix of the events that wait
-- ARGV  1 now or ''  2 field of the position  3 the position read from  4 the new one; '': the field
--       goes  5 number of the registration whose rules were gone by  6 '': as they happen; else a
--       replay, and the time, ms, that the events must not be older than
--       then for each delivery: sensor, time of the event in ms, event (JSON), '' or the side of a
--       join or 'heard' (it waits for there to be none), correlation value
-- returns  {'ok', how many reactions got it} | {'moved', position}: somebody was here before
--          | {'rules'}: they are out of date | {'gone'}: who is to get a replay; it waits
--! use now_ms settled new_reaction deliver join_rules join hear
if (redis.call('HGET', KEYS[6], 'registrations') or '') ~= ARGV[5] then return {'rules'} end
local position = redis.call('HGET', KEYS[1], ARGV[2]) or ''
if position ~= ARGV[3] then return {'moved', position} end
if ARGV[6] ~= '' then
  local s = redis.call('HMGET', KEYS[2] .. string.match(ARGV[2], '^%S+'), 'defined', 'batch')
  if s[1] ~= '1' or not s[2] then return {'gone'} end
end
if ARGV[4] == '' then
  redis.call('HDEL', KEYS[1], ARGV[2])
else
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[4])
end

local now, delivered = now_ms(ARGV[1]), 0
local k = {reaction_prefix = KEYS[3], react_outbox = KEYS[4], reactions_of_prefix = KEYS[5],
           location = KEYS[6], rules = KEYS[7], replays = KEYS[8], join_values = KEYS[9],
           join_events = KEYS[10]}
local joins = {}
for i = 7, #ARGV, 5 do
  local name, at = ARGV[i], tonumber(ARGV[i + 1])
  k.sensor = KEYS[2] .. name
  local s = redis.call('HMGET', k.sensor, 'defined', 'batch', 'override', 'default', 'switched_on',
                       'join_since')
  local wanted = s[1] == '1' and s[2]
  if ARGV[6] ~= '' then
    -- Also to one that is off: its reactions are held. A replay that waited would keep the stream
    -- from being trimmed.
    wanted = wanted and at >= tonumber(ARGV[6])
  else
    wanted = wanted and (s[3] or s[4]) == 'RUNNING' and at >= tonumber(s[5] or 0)
  end
  if wanted then
    local is_join = string.find(ARGV[i + 3], '/', 1, true)
    if s[6] and not is_join then forget_joins(k, name) end
    if ARGV[i + 3] == '' then
      deliver(k, now, name, ARGV[i + 2])
    elseif ARGV[i + 3] == 'heard' then
      hear(k, at, ARGV[i + 2])
    else
      joins[name] = joins[name] or join_rules(k, name, ARGV[6] ~= '')
      join(k, now, name, joins[name], ARGV[i + 3], ARGV[i + 4], at, ARGV[i + 2])
    end
    delivered = delivered + 1
  end
end
return {'ok', delivered}
