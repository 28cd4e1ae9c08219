-- replay_events: an operator has old events delivered to a sensor once more, also those from before
-- it was started. What is delivered while it is off is held.
-- KEYS  1 sensor  2 replays
-- ARGV  1 sensor  then for each code location that it watches: its name, after which event, up to
--       which
-- returns  1 | 0: no such sensor is called for events
--! use id_before add_replay
local s = redis.call('HMGET', KEYS[1], 'defined', 'batch')
if s[1] ~= '1' or not s[2] then return 0 end
for i = 2, #ARGV, 3 do add_replay(KEYS[2], ARGV[1], ARGV[i], ARGV[i + 1], ARGV[i + 2], 0) end
return 1
