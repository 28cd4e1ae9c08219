-- Tells the holder of a run what is to become of it: 'ok' to go on, 'cancel' it, end it as 'overdue',
-- or 'lost' if it is not this holder's. `run` is its hash.
local function wish(run, holder, now)
  local r = redis.call('HMGET', run, 'status', 'holder', 'deadline')
  if r[2] ~= holder then return 'lost' end
  if r[1] == 'CANCELING' then return 'cancel' end
  if r[1] ~= 'STARTING' and r[1] ~= 'STARTED' then return 'lost' end
  if r[3] and now >= tonumber(r[3]) then return 'overdue' end
  return 'ok'
end
