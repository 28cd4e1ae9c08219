-- return_runs: one message's time is over, or its process is gone. What nobody has begun is sent again
-- at once, each run at its place; if one goes on, its job is not as quick as it was.
-- KEYS  1 prefix of runs  2... the queue (lib/queue_keys.lua)
-- ARGV  1 now or ''  2 run that goes on, or ''  3... the runs that the process has not begun
-- returns  how many were returned
--! use now_ms tags_of launch_order queue_keys promise job_time
local k = queue_keys({run_prefix = KEYS[1]}, 2)
local now, returned = now_ms(ARGV[1]), 0
local slow = ARGV[2] ~= '' and redis.call('HGET', k.run_prefix .. ARGV[2], 'job')
if slow then forget_time(k, slow) end
for i = 3, #ARGV do
  local entry = 'launch:' .. ARGV[i]
  if redis.call('ZREM', k.taken, entry) + redis.call('ZREM', k.sent, entry) > 0 then
    promise(k, now, entry)
    returned = returned + 1
  end
end
return returned
