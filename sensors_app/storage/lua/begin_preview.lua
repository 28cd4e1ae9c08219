-- begin_preview: a worker takes up a dry run.
-- KEYS  1 preview  2 sensor  3 outbox  4 sent  5 inbox
-- ARGV  1 outbox entry  2 how many events of its inbox it sees  3 and how many bytes of them
-- returns  {sensor, then cursor, last run key, last end, last start: optional texts; then for each
--       event that was pushed to it: id, time, payload} | {}: gone
--! use optional inbox
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
local p = redis.call('HMGET', KEYS[1], 'sensor', 'cursor', 'given')
if not p[1] then return {} end
local s = redis.call('HMGET', KEYS[2], 'cursor', 'last_run_key', 'last_end', 'switched_on')
local cursor = p[3] == '1' and p[2] or wrap(s[1])
local answer = {p[1], cursor, wrap(s[2]), wrap(s[3]), wrap(s[4])}
add_waiting(answer, KEYS[5], tonumber(ARGV[2]), tonumber(ARGV[3]))
return answer
