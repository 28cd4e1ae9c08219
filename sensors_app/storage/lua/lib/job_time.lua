-- How long runs of a job take, in ms: a longer one counts at once, shorter ones by and by. Not known of
-- a job that is new, or whose last run did not end well. `k` names the key job_times.
local function note_time(k, job, took)
  local before = tonumber(redis.call('HGET', k.job_times, job) or 0)
  local smooth = took >= before and took or before * 0.8 + took * 0.2
  redis.call('HSET', k.job_times, job, string.format('%.2f', smooth))
end

local function forget_time(k, job)
  redis.call('HDEL', k.job_times, job)
end
