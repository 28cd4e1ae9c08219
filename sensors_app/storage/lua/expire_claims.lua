-- expire_claims: ticks under way whose claim is over, or whose worker is dead, become failures; those
-- of them that were in company are claimed again, since another one may be to blame.
-- KEYS  1 due  2 claimed  3 running  4 prefix of sensors  5 prefix of ticks  6 events
--       7 tally
-- ARGV  1 now or ''  2 ticks kept  3 and for how long, ms  4 data (JSON)  5 what the stream of
--       events is to say of it (JSON)  6 from how many failures in a row on a sensor backs off
--       7 and up to which pause, ms  8 how many ticks are ended at most  9... dead workers
-- returns  how many ticks were ended, then for each failure: sensor, holder
--! use now_ms optional lane reschedule strip count_tick pace read_tick keep_tick finish_tick give_back sensor_failed
local now, most, dead, expired = now_ms(ARGV[1]), tonumber(ARGV[8]), {}, {0}
local keep = {count = ARGV[2], age = tonumber(ARGV[3]), quick_ms = 0,
              backoff = {after = tonumber(ARGV[6]), most = tonumber(ARGV[7])}}
local k = {due = KEYS[1], claimed = KEYS[2], running = KEYS[3], events = KEYS[6], tally = KEYS[7]}
for i = 9, #ARGV do dead[ARGV[i]] = true end

local function expire(name)
  expired[1] = expired[1] + 1
  k.sensor, k.ticks, k.lane = KEYS[4] .. name, KEYS[5] .. name, nil
  local s = read_tick(k.sensor)
  if s.company then return give_back(k, name, s.begun, true) end
  local started = tonumber(s.begun)
  local failures = finish_tick(k, name, s.token, now, keep, s, 'FAILURE', {
    started = started, ended = now, took = now - started,
    fields = {'started', started, 'worker', s.holder, 'before', wrap(s.cursor), 'data', ARGV[4]}})
  sensor_failed(k, now, name, s.token, failures, ARGV[5])
  expired[#expired + 1] = name
  expired[#expired + 1] = s.holder
end

for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, most)) do
  expire(name)
end
if next(dead) then
  for _, name in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
    if expired[1] == most then break end
    -- A holder reads task/worker/pid.
    local worker = string.match(redis.call('HGET', KEYS[4] .. name, 'holder'), '^[^/]*/(.*)/[^/]*$')
    if dead[worker] then expire(name) end
  end
end
write_counts(k)
return expired
