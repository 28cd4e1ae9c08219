-- The run that a key has made; the hash that says so, and its generation, if it is of one.
local function find_key(book, key)
  local place = place_of(key)
  for _, g in ipairs(book.generations) do
    local bucket = bucket_of(g, place)
    local run_id = redis.call('HGET', bucket, key)
    if run_id then return run_id, bucket, g end
  end
  return book.old and redis.call('HGET', book.name, key), book.name, nil
end

-- Forgets a key; returns whether it was known.
local function forget_key(book, key)
  local run_id, hash, g = find_key(book, key)
  if not run_id then return false end
  redis.call('HDEL', hash, key)
  if g then g.keys, g.changed = g.keys - 1, true end
  return true
end
