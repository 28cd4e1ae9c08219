-- set_limits: a code location's concurrency limits are these from now on. Nothing that is under way
-- stops; what waits is looked at anew.
-- KEYS  1 prefix of runs  2 live  3... the queue (lib/queue_keys.lua)
-- ARGV  1 limits (JSON), as lib/groups.lua reads them; '' for none
-- returns  'ok'
--! use tags_of groups slots regroup queue_keys
local k = queue_keys({run_prefix = KEYS[1], live = KEYS[2]}, 3)
if (redis.call('HGET', k.location, 'limits') or '') == ARGV[1] then return 'ok' end
redis.call('HSET', k.location, 'limits', ARGV[1])
regroup(k, limits_of(k))
return 'ok'
