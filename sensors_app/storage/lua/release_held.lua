-- release_held: somebody says yes to a tick that was held: it goes on as any large tick. Its cursor is
-- kept, unless somebody has set another meanwhile.
-- KEYS  1 sensor  2 what is put by  3 held  4 unfolding
-- ARGV  1 now or ''  2 sensor  3 token  4 id of the request: a repeat of it answers the same
-- returns  1 | 0: this tick is not held (any more)
--! use now_ms optional keep_cursor
local s = redis.call('HMGET', KEYS[1], 'token', 'activity', 'cursor', 'decided')
if s[4] == ARGV[4] then return 1 end
if s[1] ~= ARGV[3] or s[2] ~= 'held' then return 0 end
local t = redis.call('HMGET', KEYS[2], 'before', 'after')
if wrap(s[3]) == t[1] then keep_cursor(KEYS[1], t[2]) end
redis.call('HSET', KEYS[1], 'activity', 'unfolding', 'decided', ARGV[4])
redis.call('HDEL', KEYS[1], 'held')
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('ZADD', KEYS[4], now_ms(ARGV[1]), ARGV[2])
return 1
