-- Puts an entry into the outbox: a launch at its run's place, a dry run, for whose answer somebody
-- waits, before all launches. A run that is not kept any more needs none.
-- `k` names the keys outbox, run_prefix.
local function promise(k, now, entry)
  local order, run_id = now - 6e15, string.match(entry, '^launch:(.*)$')
  if run_id then
    local r = redis.call('HMGET', k.run_prefix .. run_id, 'created', 'tags')
    if not r[1] then return end
    order = launch_order(r[1], r[2])
  end
  redis.call('ZADD', k.outbox, order, entry)
end
