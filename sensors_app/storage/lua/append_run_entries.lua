-- append_run_entries: what happened in a run since the last call, from the holder of its claim, who
-- learns what is to become of the run. An entry is written once: `first` counts them, so that a
-- repeated call adds only what is missing. What brought an asset about is kept with the asset, too.
-- KEYS  1 run  2 run's log  3 prefix of the materializations of assets  4 assets
-- ARGV  1 now or ''  2 holder  3 number of the first entry, from 0  4 run id
--       5 materializations kept of an asset
--       then for each entry: time in ms, level, step (optional text), type or '', message,
--       extra (JSON), asset (optional text)
-- returns  'ok' | 'cancel' | 'overdue' | 'lost'
--! use now_ms optional wish
local now = now_ms(ARGV[1])
local wanted = wish(KEYS[1], ARGV[2], now)
if wanted == 'lost' or #ARGV == 5 then return wanted end
local r = redis.call('HMGET', KEYS[1], 'entries', 'job')
local written, n = tonumber(r[1] or 0), tonumber(ARGV[3])
for i = 6, #ARGV, 7 do
  if n >= written then
    local entry = {'at', ARGV[i], 'level', ARGV[i + 1], 'step', ARGV[i + 2], 'type', ARGV[i + 3],
                   'message', ARGV[i + 4], 'extra', ARGV[i + 5]}
    redis.call('XADD', KEYS[2], '*', unpack(entry))
    local asset = unwrap(ARGV[i + 6])
    if asset then
      redis.call('XADD', KEYS[3] .. asset, 'MAXLEN', '~', ARGV[5], '*', 'run', ARGV[4],
                 'job', r[2], unpack(entry))
      redis.call('ZADD', KEYS[4], now, asset)
    end
  end
  n = n + 1
end
redis.call('HSET', KEYS[1], 'entries', math.max(n, written))
return wanted
