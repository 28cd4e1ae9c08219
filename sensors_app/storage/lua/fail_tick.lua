-- fail_tick: an evaluation failed. Keeps the tick and its error; no run, no change of the cursor.
-- A claim that was never begun may be failed by anybody (its process died on the way), one that
-- is running by its holder alone.
-- KEYS  1 sensor  2 due  3 claimed  4 running  5 ticks
-- ARGV  1 now or ''  2 sensor  3 token  4 holder  5 ticks kept  6 and for how long, ms  7 data (JSON)
-- returns  {'ok'} | {'done'}: this token has finished before | {'stale'}
--! use now_ms optional reschedule finish_tick
local s = redis.call('HMGET', KEYS[1], 'token', 'activity', 'holder', 'done', 'cursor', 'begun')
if s[4] == ARGV[3] then return {'done'} end
if s[1] ~= ARGV[3] then return {'stale'} end
if s[2] == 'running' and s[3] ~= ARGV[4] then return {'stale'} end

local now = now_ms(ARGV[1])
local started = s[2] == 'running' and s[6] or now
local k = {sensor = KEYS[1], due = KEYS[2], claimed = KEYS[3], running = KEYS[4], ticks = KEYS[5]}
finish_tick(k, ARGV[2], ARGV[3], now, ARGV[5], ARGV[6], 'FAILURE', {
  'started', started, 'worker', ARGV[4], 'before', wrap(s[5]), 'after', wrap(s[5]),
  'data', ARGV[7]})
return {'ok'}
