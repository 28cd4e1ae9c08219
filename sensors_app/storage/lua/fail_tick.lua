-- fail_tick: an evaluation failed. Keeps the tick and its error; no run, no change of the cursor.
-- A claim that was never begun may be failed by anybody (its process died on the way), one that
-- is running by its holder alone.
-- KEYS  1 sensor  2 due  3 claimed  4 running  5 ticks  6 events  7 tally
-- ARGV  1 now or ''  2 sensor  3 token  4 holder  5 ticks kept  6 and for how long, ms  7 data (JSON)
--       8 what the stream of events is to say of it (JSON)
-- returns  {'ok'} | {'done'}: this tick of this holder has failed before | {'stale'}
--! use now_ms optional reschedule strip count_tick finish_tick finished_tick sensor_failed
local s = redis.call('HMGET', KEYS[1], 'token', 'activity', 'holder', 'cursor', 'begun')
local own = s[2] == 'claimed' or s[2] == 'running' and s[3] == ARGV[4]
if s[1] ~= ARGV[3] or not own then
  return {finished_tick(KEYS[5], ARGV[3], ARGV[4], true) and 'done' or 'stale'}
end

local now = now_ms(ARGV[1])
local started = s[2] == 'running' and s[5] or now
local k = {sensor = KEYS[1], due = KEYS[2], claimed = KEYS[3], running = KEYS[4], ticks = KEYS[5],
           events = KEYS[6], tally = KEYS[7]}
local failures = finish_tick(k, ARGV[2], ARGV[3], now, ARGV[5], ARGV[6], 'FAILURE', {
  'started', started, 'worker', ARGV[4], 'before', wrap(s[4]), 'after', wrap(s[4]),
  'data', ARGV[7]})
sensor_failed(k, now, ARGV[2], ARGV[3], failures, ARGV[8])
return {'ok'}
