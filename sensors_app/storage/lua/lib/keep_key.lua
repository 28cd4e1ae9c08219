-- Has a hash end with its generation.
local function limit_life(book, g, hash)
  if g.ends > 0 then redis.call('PEXPIRE', hash, string.format('%d', g.ends - book.now)) end
end

-- The generation for keys that are to live for `ttl` ms at least, false: for ever; if need be a new
-- one. It ends after a quarter more at the latest, so that no more than five are alive at once.
local function generation_for(book, ttl)
  local least = ttl and book.now + ttl or 0
  local most = ttl and book.now + math.floor(1.25 * ttl) or 0
  for _, g in ipairs(book.generations) do
    if g.ends >= least and g.ends <= most then return g end
  end
  return add_generation(book, string.format('%d', most), 0, 1)
end

-- Adds a bucket: half of the keys that another has so far are to be there.
local function add_bucket(book, g)
  local from, to = g.prefix .. (g.buckets - g.half), g.prefix .. g.buckets
  g.buckets = g.buckets + 1
  if g.buckets == 2 * g.half then g.half = g.buckets end
  local kept, gone, moved = redis.call('HGETALL', from), {}, {}
  for i = 1, #kept, 2 do
    if bucket_of(g, place_of(kept[i])) == to then
      gone[#gone + 1] = kept[i]
      moved[#moved + 1] = kept[i]
      moved[#moved + 1] = kept[i + 1]
    end
  end
  if #gone == 0 then return end
  redis.call('HSET', to, unpack(moved))
  redis.call('HDEL', from, unpack(gone))
  limit_life(book, g, to)
end

-- Remembers the run that a key, not known so far, has made.
local function keep_key(book, key, run_id, ttl)
  local g = generation_for(book, ttl)
  local bucket = bucket_of(g, place_of(key))
  redis.call('HSET', bucket, key, run_id)
  limit_life(book, g, bucket)
  g.keys, g.changed = g.keys + 1, true
  if g.keys > 64 * g.buckets then add_bucket(book, g) end
end
