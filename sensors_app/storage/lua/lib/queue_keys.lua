-- Names in `k` the keys of the queue of runs, which are KEYS from number `first` on, as
-- `LocationKeys.queue` lists them; returns `k`. The last three are prefixes.
local function queue_keys(k, first)
  for i, name in ipairs({'outbox', 'sent', 'taken', 'later', 'location', 'groups', 'tally',
                         'job_times', 'slots', 'parked', 'run_events_prefix'}) do
    k[name] = KEYS[first + i - 1]
  end
  return k
end
