-- Whether a run has failed for good: an automatic retry stands for the run that it repeats.
local function has_failed(k, run_id)
  local status, tags
  repeat
    status, tags = unpack(redis.call('HMGET', k.run_prefix .. run_id, 'status', 'tags'))
    run_id = status == 'FAILURE' and tags_of(tags)['dagster/auto_retry_run_id']
  until not run_id
  return status == 'FAILURE'
end

-- Creates the runs that a sensor requests, but for those whose run key has made one. The requests
-- are ARGV from `first` to `last`, five each: run id, run key (optional text), job, config, tags.
-- `k` names what create_run needs, and sensor, run_keys, runs_of; `trace` in it is the context of the
-- trace that the runs are to belong to, or ''. `dropped` has those dropped before.
-- Returns how many runs were created, their ids and the dropped requests, at most `most` of each (JSON).
local function create_requested(k, now, first, last, dropped, most, ...)
  local created, run_ids, last_key, book, ttl, policy = 0, {}, false, nil, nil, nil
  for i = first, last, 5 do
    local run_id, key = ARGV[i], unwrap(ARGV[i + 1])
    if key and not book then
      book = open_book(k, now)
      ttl, policy = unpack(redis.call('HMGET', k.sensor, 'key_ttl', 'key_policy'))
    end
    local earlier = key and find_key(book, key)
    if earlier and policy == 'retry_failed' and has_failed(k, earlier) then
      forget_key(book, key)
      earlier = false
    end
    if earlier then
      if #dropped < most then dropped[#dropped + 1] = {key, earlier} end
    else
      local fields = {...}
      if k.trace ~= '' then
        fields[#fields + 1] = 'trace'
        fields[#fields + 1] = k.trace
      end
      if key then
        keep_key(book, key, run_id, ttl)
        last_key = key
        fields[#fields + 1] = 'run_key'
        fields[#fields + 1] = key
      end
      create_run(k, now, run_id, ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], unpack(fields))
      redis.call('ZADD', k.runs_of, now, run_id)
      created = created + 1
      if #run_ids < most then run_ids[#run_ids + 1] = run_id end
    end
  end
  if book then close_book(book) end
  if last_key then redis.call('HSET', k.sensor, 'last_run_key', last_key) end
  return created, #run_ids > 0 and cjson.encode(run_ids) or '[]',
         #dropped > 0 and cjson.encode(dropped) or '[]'
end
