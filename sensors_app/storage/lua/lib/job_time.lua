-- How long runs of a job take of late, in ms, on average: it says how many fill a message, and a busy
-- machine makes any of them long now and then. Not known of a job that is new, or whose last run did
-- not end well. `k` names the key job_times.
local function note_time(k, job, took)
  local before = redis.call('HGET', k.job_times, job)
  local smooth = before and tonumber(before) * 0.8 + took * 0.2 or took
  redis.call('HSET', k.job_times, job, string.format('%.2f', smooth))
end

local function forget_time(k, job)
  redis.call('HDEL', k.job_times, job)
end
