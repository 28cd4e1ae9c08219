-- set_sensor_status: an operator starts or stops a sensor, or gives it back to the code's default.
-- One that events are delivered to remembers where it was stopped: RESUME has it go on from there,
-- so that it is called for what happened meanwhile too; RUNNING starts it with what happens from
-- now on.
-- KEYS  1 sensor  2 due  3 positions  4 replays  5 reactions of the sensor  6 prefix of reactions
--       7 reactions to be sent
-- ARGV  1 now or ''  2 sensor  3 'RUNNING' | 'RESUME' | 'STOPPED' | 'DEFAULT'
-- returns  the status in force | 'unknown'
--! use now_ms lane resume_held id_before add_replay stopped
local now = now_ms(ARGV[1])
local s = redis.call('HMGET', KEYS[1], 'defined', 'override', 'default', 'activity', 'batch',
                     'failures')
if s[1] ~= '1' then return 'unknown' end
local wanted = ARGV[3] == 'RESUME' and 'RUNNING' or ARGV[3]
if wanted == 'DEFAULT' then
  redis.call('HDEL', KEYS[1], 'override')
else
  redis.call('HSET', KEYS[1], 'override', wanted)
end
local before = s[2] or s[3]
local after = wanted == 'DEFAULT' and s[3] or wanted
local k = {sensor = KEYS[1], due = KEYS[2], positions = KEYS[3], replays = KEYS[4]}

if after == 'RUNNING' then
  -- One that is resumed was never off, as far as it can tell.
  local resumed = before ~= 'RUNNING' and ARGV[3] == 'RESUME' and resume_from_stop(k, ARGV[2])
  if before ~= 'RUNNING' then
    if not resumed then redis.call('HSET', KEYS[1], 'switched_on', now) end
    -- Its next tick is due at once, whatever it rested from.
    redis.call('HDEL', KEYS[1], 'put_off')
  end
  redis.call('HDEL', KEYS[1], 'stopped')
  if s[5] then
    resume_held(KEYS[5], KEYS[6], KEYS[7], now)
  elseif s[4] == 'idle' then
    -- Whoever starts one that fails does not want it to wait.
    set_due(k, ARGV[2], now, tonumber(s[6] or 0) > 0 and 'LT' or 'NX')
  end
else
  if s[5] and before == 'RUNNING' then remember_stop(k) end
  unset_due(k, ARGV[2])
  redis.call('HDEL', KEYS[1], 'poked')
end
return after
