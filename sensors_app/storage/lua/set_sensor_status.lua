-- set_sensor_status: an operator starts or stops a sensor, or gives it back to the code's default.
-- One that events are delivered to remembers where it was stopped: RESUME starts it there, so that
-- it is called for what happened meanwhile too; RUNNING starts it with what happens from now on.
-- KEYS  1 sensor  2 due  3 positions  4 replays  5 reactions of the sensor  6 prefix of reactions
--       7 reactions to be sent
-- ARGV  1 now or ''  2 sensor  3 'RUNNING' | 'RESUME' | 'STOPPED' | 'DEFAULT'
-- returns  the status in force | 'unknown'
--! use now_ms resume_held
local now = now_ms(ARGV[1])
local s = redis.call('HMGET', KEYS[1], 'defined', 'override', 'default', 'activity', 'batch',
                     'stopped_at', 'stopped_positions')
if s[1] ~= '1' then return 'unknown' end
local wanted = ARGV[3] == 'RESUME' and 'RUNNING' or ARGV[3]
if wanted == 'DEFAULT' then
  redis.call('HDEL', KEYS[1], 'override')
else
  redis.call('HSET', KEYS[1], 'override', wanted)
end
local before = s[2] or s[3]
local after = wanted == 'DEFAULT' and s[3] or wanted

local function replay_from_stop()
  -- What the listener has passed by since is delivered again; what it has not, as usual.
  local stopped, now_at = cjson.decode(s[7]), redis.call('HGETALL', KEYS[3])
  for i = 1, #now_at, 2 do
    local from = stopped[now_at[i]] or '0-0'
    if from ~= now_at[i + 1] then
      redis.call('HSET', KEYS[4], ARGV[2] .. ' ' .. now_at[i], from .. ' ' .. now_at[i + 1])
    end
  end
end

if after == 'RUNNING' then
  local resumed = ARGV[3] == 'RESUME' and s[6]
  if before ~= 'RUNNING' then redis.call('HSET', KEYS[1], 'switched_on', resumed or now) end
  if before ~= 'RUNNING' and resumed then replay_from_stop() end
  redis.call('HDEL', KEYS[1], 'stopped_at', 'stopped_positions')
  if s[5] then
    resume_held(KEYS[5], KEYS[6], KEYS[7], now)
  elseif s[4] == 'idle' then
    redis.call('ZADD', KEYS[2], 'NX', now, ARGV[2])
  end
else
  if s[5] and before == 'RUNNING' then
    local positions, at = redis.call('HGETALL', KEYS[3]), {}
    for i = 1, #positions, 2 do at[positions[i]] = positions[i + 1] end
    local json = #positions > 0 and cjson.encode(at) or '{}'
    redis.call('HSET', KEYS[1], 'stopped_at', now, 'stopped_positions', json)
  end
  redis.call('ZREM', KEYS[2], ARGV[2])
  redis.call('HDEL', KEYS[1], 'poked')
end
return after
