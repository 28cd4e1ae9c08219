-- begin_tick: claimed -> running, for the holder of the current token. Asked again by the same
-- holder, it answers the same; a second copy of the message has another holder.
-- KEYS  1 sensor  2 claimed  3 running  4 inbox
-- ARGV  1 now or ''  2 sensor  3 token  4 holder  5 grace on top of the time limit, ms
--       6 how many events of its inbox it sees  7 and how many bytes of them
-- returns  {'ok', cursor, last run key, last end, last start: optional texts; then for each event
--       that was pushed to it: id, time, payload} | {'stale'}
--! use now_ms optional inbox
local s = redis.call('HMGET', KEYS[1], 'token', 'activity', 'holder', 'timeout',
                     'cursor', 'last_run_key', 'last_end', 'switched_on', 'inbox_upto')
if s[1] ~= ARGV[3] or s[2] == 'idle' then return {'stale'} end
if s[2] == 'running' and s[3] ~= ARGV[4] then return {'stale'} end
local answer = {'ok', wrap(s[5]), wrap(s[6]), wrap(s[7]), wrap(s[8])}
if s[2] == 'claimed' then
  local now = now_ms(ARGV[1])
  redis.call('HSET', KEYS[1], 'activity', 'running', 'holder', ARGV[4], 'begun', now)
  redis.call('ZREM', KEYS[2], ARGV[2])
  redis.call('ZADD', KEYS[3], now + tonumber(s[4]) + tonumber(ARGV[5]), ARGV[2])
  local upto = add_waiting(answer, KEYS[4], tonumber(ARGV[6]), tonumber(ARGV[7]))
  if upto then
    redis.call('HSET', KEYS[1], 'inbox_upto', upto)
  elseif s[9] then
    redis.call('HDEL', KEYS[1], 'inbox_upto')
  end
elseif s[9] then
  add_waiting(answer, KEYS[4], tonumber(ARGV[6]), tonumber(ARGV[7]), s[9])
end
return answer
