-- set_cursor: an operator sets or resets a cursor; a tick under way must not overwrite it, so it
-- loses its claim and the sensor is due again. One that fails and waits is due at once: this may mend it.
-- KEYS  1 sensor  2 due  3 claimed  4 running
-- ARGV  1 now or ''  2 sensor  3 cursor (optional text)  4 '1' if it must be, at present,
--       5 this (optional text)
-- returns  {'ok', cursor before (optional text)} | {'unknown'} | {'moved', cursor}: it is not
--! use now_ms optional lane give_back
local s = redis.call('HMGET', KEYS[1], 'defined', 'activity', 'cursor', 'token',
                     'failures')
if not s[1] then return {'unknown'} end
if ARGV[4] == '1' and wrap(s[3]) ~= ARGV[5] then return {'moved', wrap(s[3])} end
local cursor = unwrap(ARGV[3])
if cursor then
  redis.call('HSET', KEYS[1], 'cursor', cursor)
else
  redis.call('HDEL', KEYS[1], 'cursor')
end
-- What says the same at another place is not the same.
redis.call('HDEL', KEYS[1], 'alike')
local now, k = now_ms(ARGV[1]), {sensor = KEYS[1], due = KEYS[2], running = KEYS[4]}
if s[2] == 'running' then
  redis.call('HSET', KEYS[1], 'token', string.format('%.0f', tonumber(s[4]) + 1))
  give_back(k, ARGV[2], now)
elseif tonumber(s[5] or 0) > 0 and due_at(k, ARGV[2]) then
  set_due(k, ARGV[2], now, 'LT')
end
return {'ok', wrap(s[3])}
