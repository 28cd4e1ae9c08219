-- expire_claims: ticks under way whose claim is over, or whose worker is dead, become failures.
-- KEYS  1 due  2 claimed  3 running  4 prefix of sensors  5 prefix of ticks  6 events
--       7 tally
-- ARGV  1 now or ''  2 ticks kept  3 and for how long, ms  4 data (JSON)  5 what the stream of
--       events is to say of it (JSON)  6... dead workers
-- returns  for each: sensor, holder
--! use now_ms optional reschedule strip count_tick finish_tick sensor_failed
local now, dead, expired = now_ms(ARGV[1]), {}, {}
for i = 6, #ARGV do dead[ARGV[i]] = true end

local function expire(name)
  local sensor = KEYS[4] .. name
  local s = redis.call('HMGET', sensor, 'token', 'holder', 'cursor', 'begun')
  local k = {sensor = sensor, due = KEYS[1], claimed = KEYS[2], running = KEYS[3],
             ticks = KEYS[5] .. name, events = KEYS[6], tally = KEYS[7]}
  local failures = finish_tick(k, name, s[1], now, ARGV[2], ARGV[3], 'FAILURE', {
    'started', s[4], 'worker', s[2], 'before', wrap(s[3]), 'after', wrap(s[3]), 'data', ARGV[4]})
  sensor_failed(k, now, name, s[1], failures, ARGV[5])
  expired[#expired + 1] = name
  expired[#expired + 1] = s[2]
end

for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now)) do expire(name) end
if next(dead) then
  for _, name in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
    -- A holder reads task/worker/pid.
    local worker = string.match(redis.call('HGET', KEYS[4] .. name, 'holder'), '^[^/]*/(.*)/[^/]*$')
    if dead[worker] then expire(name) end
  end
end
return expired
