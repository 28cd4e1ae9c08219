-- request_preview: asks a worker for a dry run of a sensor.
-- KEYS  1 sensor  2 preview  3 outbox
-- ARGV  1 now or ''  2 sensor  3 preview id  4 cursor to use (optional text)  5 '1' to use that cursor
--       6 life of the answer, ms
-- returns  1 | 0: no such sensor
--! use now_ms tags_of launch_order promise
if redis.call('HGET', KEYS[1], 'defined') ~= '1' then return 0 end
redis.call('HSET', KEYS[2], 'sensor', ARGV[2], 'cursor', ARGV[4], 'given', ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
promise({outbox = KEYS[3]}, now_ms(ARGV[1]), 'preview:' .. ARGV[3])
return 1
