-- tell_late: says in the stream of events which sensors that are on and polled have had no tick for a
-- number of their intervals, counted from the last tick's end, from when the sensor was switched on,
-- or from when somebody first asked. Each number is told once; the next tick has it told anew.
-- A sensor is looked at when it might be late, as far as was known at the last look, so that neither
-- ticks nor looks cost much. One whose tick is under way has its time until the claim is over.
-- KEYS  1 location  2 sensors  3 looks  4 running  5 prefix of the sensors' hashes  6 events
-- ARGV  1 now or ''  2 how many are looked at  3 numbers of intervals, ascending, with commas
-- returns  {how many were looked at, how many were told, 1 if there are others that nobody knows of yet}
--! use now_ms seed_looks
local now, told, wanted = now_ms(ARGV[1]), 0, {}
for n in string.gmatch(ARGV[3], '%d+') do wanted[#wanted + 1] = tonumber(n) end
local more = seed_looks({location = KEYS[1], sensors = KEYS[2], looks = KEYS[3]}, now, ARGV[3])

local function tell(name, n, interval, since)
  redis.call('XADD', KEYS[6], '*', 'type', 'SENSOR_LATE', 'at', now, 'sensor', name,
             'intervals', n, 'since', string.format('%.0f', since), 'message',
             string.format('It has had no tick for %d intervals of %g s.', n, interval / 1000),
             'extra', '')
  told = told + 1
end

local function look(name)
  local key = KEYS[5] .. name
  local s = redis.call('HMGET', key, 'defined', 'batch', 'override', 'default', 'interval',
                       'last_end', 'switched_on', 'late', 'put_off', 'activity')
  if s[1] ~= '1' or s[2] then
    redis.call('HDEL', key, 'late')
    redis.call('ZREM', KEYS[3], name)
    return
  end
  -- Below a second, what beat and broker take would count as lateness.
  local interval = math.max(tonumber(s[5]), 1000)
  local by, since, done = string.match(s[8] or '', '^(%d+) (%d+) (%S*)$')
  since = tonumber(since)
  if tonumber(by or 0) ~= interval then since, done = now, ',' end
  local last = math.max(tonumber(s[6] or 0), tonumber(s[7] or 0))
  if last > since then since, done = last, ',' end
  -- What was put off, after failures or by chance, is not late.
  local rests = s[6] and since == tonumber(s[6]) and tonumber(s[9] or 0) or 0

  local at = now + wanted[1] * interval
  if (s[3] or s[4]) == 'RUNNING' then
    local busy_until = s[10] == 'unfolding' and now + 1000 or redis.call('ZSCORE', KEYS[4], name) or 0
    for _, n in ipairs(wanted) do
      local open = not string.find(done, ',' .. n .. ',', 1, true)
      local late_at = math.max(since + rests + n * interval, tonumber(busy_until))
      if open and late_at > now then at = math.min(at, late_at) end
      if open and late_at <= now then
        tell(name, n, interval, since)
        done = done .. n .. ','
      end
    end
  end
  redis.call('HSET', key, 'late', string.format('%.0f %.0f %s', interval, since, done))
  redis.call('ZADD', KEYS[3], at, name)
end

local due = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, ARGV[2])
for _, name in ipairs(due) do look(name) end
return {#due, told, more and 1 or 0}
