-- append_run_entries: what happened in a run since the last call, from the holder of its claim.
-- An entry is written once: `first` counts them, so that a repeated call adds only what is missing.
-- What brought an asset about is kept with the asset, too.
-- KEYS  1 run  2 run's log  3 prefix of the materializations of assets
-- ARGV  1 holder  2 number of the first entry, from 0  3 run id  4 materializations kept of an asset
--       then for each entry: time in ms, level, step (optional text), type or '', message,
--       extra (JSON), asset (optional text)
-- returns  'ok' | 'lost'
--! use optional
local r = redis.call('HMGET', KEYS[1], 'status', 'holder', 'entries', 'job')
if r[2] ~= ARGV[1] or (r[1] ~= 'STARTING' and r[1] ~= 'STARTED') then return 'lost' end
local written, n = tonumber(r[3] or 0), tonumber(ARGV[2])
for i = 5, #ARGV, 7 do
  if n >= written then
    local entry = {'at', ARGV[i], 'level', ARGV[i + 1], 'step', ARGV[i + 2], 'type', ARGV[i + 3],
                   'message', ARGV[i + 4], 'extra', ARGV[i + 5]}
    redis.call('XADD', KEYS[2], '*', unpack(entry))
    local asset = unwrap(ARGV[i + 6])
    if asset then
      redis.call('XADD', KEYS[3] .. asset, 'MAXLEN', '~', ARGV[4], '*', 'run', ARGV[3],
                 'job', r[4], unpack(entry))
    end
  end
  n = n + 1
end
redis.call('HSET', KEYS[1], 'entries', math.max(n, written))
return 'ok'
