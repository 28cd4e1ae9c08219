-- discard_held: somebody says no to a tick that was held: what it requests is given up, and the tick is
-- kept with the reason. Cursor and pushed events stay, so that the next tick finds what this one found;
-- unless the sensor is to move on.
-- KEYS  1 sensor  2 due  3 claimed  4 running  5 ticks  6 inbox  7 tally  8 what is put by  9 held
-- ARGV  1 now or ''  2 sensor  3 token  4 ticks kept  5 and for how long, ms  6 below how many ms a
--       sensor is quick  7 who gave it up, and why  8 '1': the sensor moves on
--       9 id of the request: a repeat of it answers the same
-- returns  1 | 0: this tick is not held (any more)
--! use now_ms optional lane drop_seen reschedule strip count_tick pace read_tick keep_tick finish_tick keep_cursor end_large
if redis.call('HGET', KEYS[1], 'decided') == ARGV[9] then return 1 end
local s, now = read_tick(KEYS[1]), now_ms(ARGV[1])
if s.token ~= ARGV[3] or s.activity ~= 'held' then return 0 end
local k = {sensor = KEYS[1], due = KEYS[2], claimed = KEYS[3], running = KEYS[4], ticks = KEYS[5],
           inbox = KEYS[6], tally = KEYS[7], staged = KEYS[8]}
local t = read_staged(k.staged)
if ARGV[8] == '1' then
  if wrap(s.cursor) == t.before then keep_cursor(k.sensor, t.after) end
  if s.inbox_upto then drop_seen(k, s) end
else
  t.after = t.before
end
redis.call('ZREM', KEYS[9], ARGV[2])
redis.call('HSET', k.sensor, 'decided', ARGV[9])
end_large(k, ARGV[2], now, {count = ARGV[4], age = tonumber(ARGV[5]), quick_ms = tonumber(ARGV[6])},
          s, t, 'given_up', ARGV[7])
return 1
