-- register_location: replaces what is known of a code location's definitions. What its sensors have
-- reached (cursors, run keys, ticks, an operator's start or stop) stays, also of those now gone.
-- KEYS  1 location  2 sensors  3 due  4 prefix of the sensors' hashes  5 watchers
-- ARGV  1 now or ''  2 snapshot (JSON)  3 version  4 sensors by the asset they watch (JSON)
--       then for each sensor: name, definition (JSON), interval in ms, time limit in ms, default status
-- returns  1 if the version is new, else 0
--! use now_ms
local now = now_ms(ARGV[1])
local new = redis.call('HGET', KEYS[1], 'version') ~= ARGV[3]
redis.call('HSET', KEYS[1], 'snapshot', ARGV[2], 'version', ARGV[3], 'registered_at', now)

redis.call('DEL', KEYS[5])
for asset, names in pairs(cjson.decode(ARGV[4])) do redis.call('HSET', KEYS[5], asset, names) end

local gone = {}
for _, name in ipairs(redis.call('HKEYS', KEYS[2])) do gone[name] = true end

local function place(key, name, interval, status, old_status)
  local s = redis.call('HMGET', key, 'override', 'activity', 'last_end')
  local switched = not s[1] and old_status ~= status
  if switched then redis.call('HSET', key, 'switched_on', now) end
  if not s[2] then redis.call('HSET', key, 'activity', 'idle') end
  if s[2] and s[2] ~= 'idle' then return end
  if (s[1] or status) == 'RUNNING' then
    local due = s[3] and math.max(now, tonumber(s[3]) + tonumber(interval)) or now
    -- LT: an evaluation asked for out of turn is not put off by a restart.
    redis.call('ZADD', KEYS[3], 'LT', due, name)
  elseif switched then
    -- Only then: an evaluation asked for of a sensor that was off already outlasts a restart too.
    redis.call('ZREM', KEYS[3], name)
  end
end

for i = 5, #ARGV, 5 do
  local name, interval, status = ARGV[i], ARGV[i + 2], ARGV[i + 4]
  local key = KEYS[4] .. name
  gone[name] = nil
  redis.call('HSET', KEYS[2], name, ARGV[i + 1])
  local old = redis.call('HMGET', key, 'interval', 'default')
  redis.call('HSET', key, 'defined', 1, 'interval', interval, 'timeout', ARGV[i + 3],
             'default', status)
  local due = redis.call('ZSCORE', KEYS[3], name)
  if old[1] ~= interval and due and tonumber(due) > now then redis.call('ZREM', KEYS[3], name) end
  place(key, name, interval, status, old[2])
end

for name in pairs(gone) do
  redis.call('HDEL', KEYS[2], name)
  redis.call('HSET', KEYS[4] .. name, 'defined', 0)
  redis.call('ZREM', KEYS[3], name)
end
return new and 1 or 0
