-- append_run_entries: what happened in a run since the last call, from the holder of its claim.
-- An entry is written once: `first` counts them, so that a repeated call adds only what is missing.
-- KEYS  1 run  2 run's log
-- ARGV  1 holder  2 number of the first entry, from 0
--       then for each entry: time in ms, level, step (optional text), type or '', message, extra (JSON)
-- returns  'ok' | 'lost'
local r = redis.call('HMGET', KEYS[1], 'status', 'holder', 'entries')
if r[2] ~= ARGV[1] or (r[1] ~= 'STARTING' and r[1] ~= 'STARTED') then return 'lost' end
local written, n = tonumber(r[3] or 0), tonumber(ARGV[2])
for i = 3, #ARGV, 6 do
  if n >= written then
    redis.call('XADD', KEYS[2], '*', 'at', ARGV[i], 'level', ARGV[i + 1], 'step', ARGV[i + 2],
               'type', ARGV[i + 3], 'message', ARGV[i + 4], 'extra', ARGV[i + 5])
  end
  n = n + 1
end
redis.call('HSET', KEYS[1], 'entries', math.max(n, written))
return 'ok'
