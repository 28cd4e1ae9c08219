-- trim_runs: runs go with their logs that ended too long ago, or are not among the newest that are
-- kept; so do logs that are too old. Who is under way stays, however old. Run keys stay, too.
-- A call looks at a number of runs, oldest first; the next one goes on from there.
-- KEYS  1 runs  2 prefix of the index of states  3 prefix of the runs of sensors  4 prefix of runs
--       5 prefix of runs' logs
-- ARGV  1 now or ''  2 life of an ended run, ms  3 how many runs are kept  4 life of its log, ms
--       5 how many runs are passed over  6 how many are looked at
-- returns  {how many were looked at, how many of them went}
--! use now_ms
local now, passed, gone = now_ms(ARGV[1]), tonumber(ARGV[5]), 0
local life, log_life = tonumber(ARGV[2]), tonumber(ARGV[4])
local spare = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[3])

local function forget(run_id, status, sensor)
  redis.call('UNLINK', KEYS[4] .. run_id, KEYS[5] .. run_id)
  redis.call('ZREM', KEYS[1], run_id)
  if status then redis.call('ZREM', KEYS[2] .. status, run_id) end
  if sensor then redis.call('ZREM', KEYS[3] .. sensor, run_id) end
  gone = gone + 1
end

local found = redis.call('ZRANGE', KEYS[1], passed, passed + ARGV[6] - 1)
for i, run_id in ipairs(found) do
  local r = redis.call('HMGET', KEYS[4] .. run_id, 'status', 'ended', 'sensor')
  local age = r[2] and now - tonumber(r[2])
  if not r[1] or age and (age > life or passed + i <= spare) then
    forget(run_id, r[1], r[3])
  elseif age and age > log_life then
    redis.call('UNLINK', KEYS[5] .. run_id)
  end
end
return {#found, gone}
