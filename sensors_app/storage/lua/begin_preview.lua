-- begin_preview: a worker takes up a dry run.
-- KEYS  1 preview  2 sensor  3 outbox  4 sent
-- ARGV  1 outbox entry
-- returns  {sensor, then cursor, last run key, last end, last start: optional texts} | {}: gone
--! use optional
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
local p = redis.call('HMGET', KEYS[1], 'sensor', 'cursor', 'given')
if not p[1] then return {} end
local s = redis.call('HMGET', KEYS[2], 'cursor', 'last_run_key', 'last_end', 'switched_on')
local cursor = p[3] == '1' and p[2] or wrap(s[1])
return {p[1], cursor, wrap(s[2]), wrap(s[3]), wrap(s[4])}
