-- replay_events: an operator has old events delivered to a sensor once more.
-- KEYS  1 sensor  2 replays
-- ARGV  1 sensor  then for each code location that it watches: its name, after which event, up to
--       which
-- returns  1 | 0: no such sensor is called for events
local s = redis.call('HMGET', KEYS[1], 'defined', 'batch')
if s[1] ~= '1' or not s[2] then return 0 end
for i = 2, #ARGV, 3 do
  if ARGV[i + 1] ~= ARGV[i + 2] then
    redis.call('HSET', KEYS[2], ARGV[1] .. ' ' .. ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2])
  end
end
return 1
