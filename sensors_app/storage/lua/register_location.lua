-- register_location: replaces what is known of a code location's definitions, or of a part of them.
-- What its sensors have reached (cursors, run keys, ticks, an operator's start or stop) stays, also of
-- those now gone: one that comes back goes on from there. What has to fit together, which events go to
-- which sensors, and what readers take for the whole is replaced with the last part.
-- Whoever begins to register later takes over: the parts of an earlier one are refused from then on.
-- KEYS  1 location  2 sensors  3 due  4 prefix of the sensors' hashes  5 watchers  6 rules
--       7 prefix of the reactions of sensors  8 prefix of reactions  9 reactions to be sent
--       10 positions  11 replays  12 prefix of ticks  13 claimed  14 running
-- ARGV  1 now or ''  2 number of this registration  3 version  4 how many sensors of its earlier parts
--       are to have their first tick  5 snapshot (JSON), '' but in the last part  6 sensors by the asset
--       they watch (JSON), 7 rules of the sensors that events are delivered to, by sensor (JSON), both
--       for the last part  8 how many sensors are gone, then the names of these
--       then for each sensor: name, definition (JSON), interval in ms, time limit in ms, default
--       status, events a call ('': it is polled), pauses before retries (ms, with commas), then what
--       may be '': jitter in ms, most requests a tick, life of its run keys in ms, policy of these
-- returns  {1 if the version is new, else 0, as ARGV 4 for the next part} | {}: another one took over
--! use now_ms lane change_kind id_before add_replay stopped place_sensor resume_held register_sensor
local now = now_ms(ARGV[1])
local known = redis.call('HMGET', KEYS[1], 'registering', 'version')
if known[1] ~= ARGV[2] then return {} end
local k = {due = KEYS[3], positions = KEYS[10], replays = KEYS[11], claimed = KEYS[13],
           running = KEYS[14], reactions_prefix = KEYS[7], reaction_prefix = KEYS[8],
           react_outbox = KEYS[9], new = known[2] ~= ARGV[3], fresh = tonumber(ARGV[4])}

local first = 9 + tonumber(ARGV[8])
for i = 9, first - 1 do
  redis.call('HDEL', KEYS[2], ARGV[i])
  k.sensor = KEYS[4] .. ARGV[i]
  local s = redis.call('HMGET', k.sensor, 'batch', 'override', 'default')
  if s[1] and (s[2] or s[3]) == 'RUNNING' then remember_stop(k) end
  redis.call('HSET', k.sensor, 'defined', 0)
  unset_due(k, ARGV[i])
end
for i = first, #ARGV, 11 do
  k.sensor, k.ticks = KEYS[4] .. ARGV[i], KEYS[12] .. ARGV[i]
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  register_sensor(k, now, i)
end

if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[1], 'snapshot', ARGV[5], 'version', ARGV[3], 'registered_at', now)
  -- Who goes by rules read before this is to notice.
  redis.call('HINCRBY', KEYS[1], 'registrations', 1)
  redis.call('DEL', KEYS[5], KEYS[6])
  for asset, names in pairs(cjson.decode(ARGV[6])) do redis.call('HSET', KEYS[5], asset, names) end
  for name, rules in pairs(cjson.decode(ARGV[7])) do redis.call('HSET', KEYS[6], name, rules) end
end
return {k.new and 1 or 0, k.fresh}
