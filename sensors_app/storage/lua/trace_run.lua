-- trace_run: the context of a run's own part of its trace, for what the run leads to.
-- KEYS  1 run
-- ARGV  1 holder  2 context
-- returns  1 | 0: the run is not the holder's
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'trace', ARGV[2])
return 1
