-- begin_ticks: claimed -> running, for the holder of the current tokens: one message's, each by itself.
-- Asked again by the same holder, it answers the same; a second copy of the message has another holder.
-- KEYS  1 claimed  2 running  3 prefix of the sensors' hashes  4 prefix of inboxes
-- ARGV  1 now or ''  2 holder  3 grace on top of the time limit, ms  4 how many events of its inbox a
--       sensor sees  5 and how many bytes of them  6 '1': the sensors are in company, so that one which
--       takes the process down is not known from the others
--       then for each claim: sensor, token
-- returns  for each: {'ok', cursor, last run key, last end, last start: optional texts; then for each
--       event that was pushed to it: id, time, payload} | {'stale'}
--! use now_ms optional inbox lane
local now, answers, k = now_ms(ARGV[1]), {}, {claimed = KEYS[1]}

local function begin(name, token)
  k.sensor = KEYS[3] .. name
  local s = redis.call('HMGET', k.sensor, 'token', 'activity', 'holder', 'timeout', 'cursor',
                       'last_run_key', 'last_end', 'switched_on', 'inbox_upto')
  local claimed = s[2] == 'claimed'
  if s[1] ~= token or not claimed and (s[2] ~= 'running' or s[3] ~= ARGV[2]) then
    return {'stale'}
  end
  local answer = {'ok', wrap(s[5]), wrap(s[6]), wrap(s[7]), wrap(s[8])}
  if claimed then
    redis.call('HSET', k.sensor, 'activity', 'running', 'holder', ARGV[2], 'begun', now,
               unpack(ARGV[6] == '1' and {'company', 1} or {}))
    unset_claimed(k, name)
    redis.call('ZADD', KEYS[2], now + tonumber(s[4]) + tonumber(ARGV[3]), name)
    local upto = add_waiting(answer, KEYS[4] .. name, tonumber(ARGV[4]), tonumber(ARGV[5]))
    if upto then
      redis.call('HSET', k.sensor, 'inbox_upto', upto)
    elseif s[9] then
      redis.call('HDEL', k.sensor, 'inbox_upto')
    end
  elseif s[9] then
    add_waiting(answer, KEYS[4] .. name, tonumber(ARGV[4]), tonumber(ARGV[5]), s[9])
  end
  return answer
end

for i = 7, #ARGV, 2 do answers[#answers + 1] = begin(ARGV[i], ARGV[i + 1]) end
return answers
