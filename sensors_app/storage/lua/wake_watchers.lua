-- wake_watchers: an asset was brought about; the sensors that watch it, and are on, are due now.
-- KEYS  1 watchers  2 due  3 prefix of the sensors' hashes
-- ARGV  1 now or ''  2 asset
-- returns  how many sensors
--! use now_ms lane
local now, woken = now_ms(ARGV[1]), 0
for name in string.gmatch(redis.call('HGET', KEYS[1], ARGV[2]) or '', '[^,]+') do
  local key = KEYS[3] .. name
  local s = redis.call('HMGET', key, 'override', 'default', 'activity')
  if (s[1] or s[2]) == 'RUNNING' then
    woken = woken + 1
    if s[3] == 'idle' then
      set_due({sensor = key, due = KEYS[2]}, name, now, 'LT')
    else
      -- It may have looked already: it is to look once more.
      redis.call('HSET', key, 'poked', 1)
    end
  end
end
return woken
