-- Run retries: a run that a worker took up and that failed is run again if its tags ask for it.

-- Says in a failed run's tags whether it is retried; returns what create_retry needs if it is.
local function plan_retry(k, run_id)
  local r = redis.call('HMGET', k.run, 'tags', 'job', 'config', 'sensor', 'tick', 'lineage', 'trace')
  if not string.find(r[1], '/max_retries"', 1, true) then return nil end
  local tags, was = tags_of(r[1]), tags_of(r[1])
  local most = tonumber(string.match(tostring(was['dagster/max_retries']), '^%s*(%d+)%s*$') or 0)
  local number = tonumber(was['dagster/retry_number'] or 0) or 0
  local again = number < most
  local h = redis.sha1hex('retry of ' .. run_id)
  local id = string.format('%s-%s-5%s-8%s-%s', string.sub(h, 1, 8), string.sub(h, 9, 12),
                           string.sub(h, 13, 15), string.sub(h, 16, 18), string.sub(h, 19, 30))
  was['dagster/will_retry'] = again and 'true' or 'false'
  was['dagster/auto_retry_run_id'] = again and id or nil
  redis.call('HSET', k.run, 'tags', cjson.encode(was))
  if not again then return nil end
  tags['dagster/parent_run_id'] = run_id
  tags['dagster/root_run_id'] = tags['dagster/root_run_id'] or run_id
  tags['dagster/retry_number'] = string.format('%d', number + 1)
  local delay = tonumber(string.match(tostring(tags['sensors_app/retry_delay']), '^[%d.]+$') or 0)
  local origin = {}
  for i, name in ipairs({'sensor', 'tick', 'lineage', 'trace'}) do
    if r[i + 3] then
      origin[#origin + 1] = name
      origin[#origin + 1] = r[i + 3]
    end
  end
  return {id = id, job = r[2], config = r[3], tags = cjson.encode(tags), sensor = r[4],
          origin = origin, delay_ms = (delay or 0) * 1000}
end

-- Creates the retry. `k` names what end_run needs.
local function create_retry(k, now, retry)
  local new = {run_prefix = k.run_prefix, run_events_prefix = k.run_events_prefix, runs = k.runs,
               queued = k.runs_in .. 'QUEUED', outbox = k.outbox, events = k.events}
  create_run(new, now, retry.id, retry.job, retry.config, retry.tags, unpack(retry.origin))
  if retry.sensor then redis.call('ZADD', k.runs_of .. retry.sensor, now, retry.id) end
  if retry.delay_ms > 0 then
    redis.call('ZREM', k.outbox, 'launch:' .. retry.id)
    redis.call('ZADD', k.later, now + retry.delay_ms, 'launch:' .. retry.id)
  end
end
