-- register_location: replaces what is known of a code location's definitions. What its sensors have
-- reached (cursors, run keys, ticks, an operator's start or stop) stays, also of those now gone: one
-- that comes back goes on from there.
-- KEYS  1 location  2 sensors  3 due  4 prefix of the sensors' hashes  5 watchers  6 rules
--       7 prefix of the reactions of sensors  8 prefix of reactions  9 reactions to be sent
--       10 positions  11 replays  12 prefix of ticks  13 claimed  14 running
-- ARGV  1 now or ''  2 snapshot (JSON)  3 version  4 sensors by the asset they watch (JSON)
--       5 rules of the sensors that events are delivered to, by sensor (JSON)
--       then for each sensor: name, definition (JSON), interval in ms, time limit in ms, default
--       status, events a call ('': it is polled), pauses before retries (ms, with commas), then what
--       may be '': jitter in ms, most requests a tick, life of its run keys in ms, policy of these
-- returns  1 if the version is new, else 0
--! use now_ms lane change_kind id_before add_replay stopped place_sensor resume_held
local now = now_ms(ARGV[1])
local new = redis.call('HGET', KEYS[1], 'version') ~= ARGV[3]
redis.call('HSET', KEYS[1], 'snapshot', ARGV[2], 'version', ARGV[3], 'registered_at', now)
-- Who goes by rules read before this is to notice.
redis.call('HINCRBY', KEYS[1], 'registrations', 1)

redis.call('DEL', KEYS[5], KEYS[6])
for asset, names in pairs(cjson.decode(ARGV[4])) do redis.call('HSET', KEYS[5], asset, names) end
for name, rules in pairs(cjson.decode(ARGV[5])) do redis.call('HSET', KEYS[6], name, rules) end

local gone, k = {}, {due = KEYS[3], positions = KEYS[10], replays = KEYS[11], claimed = KEYS[13],
                    running = KEYS[14]}
for _, name in ipairs(redis.call('HKEYS', KEYS[2])) do gone[name] = true end

local options = {'jitter', 'max_requests', 'key_ttl', 'key_policy'}
for i = 6, #ARGV, 11 do
  local name, interval, status, batch = ARGV[i], ARGV[i + 2], ARGV[i + 4], ARGV[i + 5]
  local key = KEYS[4] .. name
  k.sensor, k.ticks, gone[name] = key, KEYS[12] .. name, nil
  redis.call('HSET', KEYS[2], name, ARGV[i + 1])
  local old = redis.call('HMGET', key, 'interval', 'default', 'batch', 'defined')
  redis.call('HSET', key, 'defined', 1, 'interval', interval, 'timeout', ARGV[i + 3],
             'default', status)
  if batch == '' then
    redis.call('HDEL', key, 'batch', 'delays')
  else
    redis.call('HSET', key, 'batch', batch, 'delays', ARGV[i + 6])
  end
  local unset = {}
  for j, option in ipairs(options) do
    if ARGV[i + 6 + j] == '' then
      unset[#unset + 1] = option
    else
      redis.call('HSET', key, option, ARGV[i + 6 + j])
    end
  end
  if #unset > 0 then redis.call('HDEL', key, unpack(unset)) end
  -- A batch that has begun to fill may be too large by now.
  if old[3] ~= batch then redis.call('HDEL', key, 'open') end
  if old[1] and (old[3] or '') ~= batch and (not old[3] or batch == '') then
    change_kind(k, name, now)
  end
  if old[1] ~= interval and (due_at(k, name) or 0) > now then unset_due(k, name) end
  if place_sensor(k, now, name, old[2], old[4] == '0') and batch ~= '' then
    resume_held(KEYS[7] .. name, KEYS[8], KEYS[9], now)
  end
end

for name in pairs(gone) do
  redis.call('HDEL', KEYS[2], name)
  k.sensor = KEYS[4] .. name
  local s = redis.call('HMGET', k.sensor, 'batch', 'override', 'default')
  if s[1] and (s[2] or s[3]) == 'RUNNING' then remember_stop(k) end
  redis.call('HSET', k.sensor, 'defined', 0)
  unset_due(k, name)
end
return new and 1 or 0
