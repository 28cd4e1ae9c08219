-- expire_reactions: calls under way whose claim is over, or whose worker is dead, have failed;
-- those of them that were in company are sent again, since another one may be to blame.
-- KEYS  1 running  2 prefix of reactions  3 prefix of sensors' hashes  4 prefix of ticks
--       5 to be sent later  6 dead letters  7 events  8 rules  9 tally  10 to be sent
-- ARGV  1 now or ''  2 ticks kept  3 and for how long, ms  4 data (JSON)  5 what the stream of
--       events is to say of it (JSON)  6... dead workers
-- returns  for each failure: sensor, holder
--! use now_ms strip count_tick keep_call sensor_failed led_here pace pace_call fail_call return_call
local now, dead, expired = now_ms(ARGV[1]), {}, {}
for i = 6, #ARGV do dead[ARGV[i]] = true end

local function expire(id)
  local reaction = KEYS[2] .. id
  local r = redis.call('HMGET', reaction, 'sensor', 'holder', 'company')
  local k = {reaction = reaction, sensor = KEYS[3] .. r[1], ticks = KEYS[4] .. r[1],
             running = KEYS[1], later = KEYS[5], dead = KEYS[6], events = KEYS[7],
             rules = KEYS[8], tally = KEYS[9], outbox = KEYS[10]}
  if r[3] then return return_call(k, now, id, true) end
  fail_call(k, now, id, ARGV[2], ARGV[3], ARGV[4], false, ARGV[5], '', '')
  expired[#expired + 1] = r[1]
  expired[#expired + 1] = r[2]
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do expire(id) end
if next(dead) then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    -- A holder reads task/worker/pid.
    local worker = string.match(redis.call('HGET', KEYS[2] .. id, 'holder'), '^[^/]*/(.*)/[^/]*$')
    if dead[worker] then expire(id) end
  end
end
return expired
