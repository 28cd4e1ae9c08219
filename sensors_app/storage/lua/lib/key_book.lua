-- Run keys are in hashes of some 64 each, which the server keeps as compact lists. Those whose life
-- ends at one time are a generation, named by that time in ms; '0' has no end. The book, one for each
-- sensor, says how many keys and buckets each generation has. Bucket N of T is `run_keys:S/T/N`. One
-- more is made at a time, by moving half of another (linear hashing), so that no step is long.
-- `run_keys:S` itself has what an earlier version kept: it is read, and not written any more.

-- Enters a generation into the book. `half` is the largest power of two within its buckets.
local function add_generation(book, id, keys, buckets)
  local g = {id = id, ends = tonumber(id), prefix = book.name .. '/' .. id .. '/', keys = keys,
             buckets = buckets, half = 1}
  while 2 * g.half <= buckets do g.half = 2 * g.half end
  table.insert(book.generations, g)
  return g
end

-- Opens the book: the generations that are alive at `now`, by their end. Those over are struck off.
local function open_book(k, now)
  local book = {name = k.run_keys, now = now, old = redis.call('EXISTS', k.run_keys) == 1,
                generations = {}}
  local kept = redis.call('HGETALL', book.name .. '/book')
  for i = 1, #kept, 2 do
    if kept[i] ~= '0' and tonumber(kept[i]) <= now then
      redis.call('HDEL', book.name .. '/book', kept[i])
    else
      local keys, buckets = string.match(kept[i + 1], '^(%d+) (%d+)$')
      add_generation(book, kept[i], tonumber(keys), tonumber(buckets))
    end
  end
  table.sort(book.generations, function(a, b) return a.ends < b.ends end)
  return book
end

-- Writes down what has changed; a generation without keys begins anew with its first.
local function close_book(book)
  for _, g in ipairs(book.generations) do
    if g.keys == 0 then
      redis.call('HDEL', book.name .. '/book', g.id)
    elseif g.changed then
      redis.call('HSET', book.name .. '/book', g.id, g.keys .. ' ' .. g.buckets)
    end
  end
end

-- Where a key belongs, whatever the number of buckets.
local function place_of(key) return tonumber(string.sub(redis.sha1hex(key), 1, 8), 16) end

-- The hash of a generation that has the key of this place, if it has it. Clients look up thousands
-- at once, and go by the same rule (`sensors_app/storage/run_keys.py`).
local function bucket_of(g, place)
  local n = place % (2 * g.half)
  return g.prefix .. string.format('%d', n < g.buckets and n or n - g.half)
end
