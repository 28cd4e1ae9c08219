-- forget_matching_keys: forgets run keys of a sensor that fit a pattern; a part of them.
-- KEYS  1 run keys
-- ARGV  1 now or ''  2 place to go on from, '' begins  3 pattern  4 how many buckets it looks into
-- returns  {place to go on from or '', how many were forgotten}
--! use now_ms key_book walk_keys
local book, forgotten = open_book({run_keys = KEYS[1]}, now_ms(ARGV[1])), 0
local place = walk_keys(book, ARGV[2], ARGV[3], tonumber(ARGV[4]), function(hash, found, g)
  local keys, gone = {}, 0
  for i = 1, #found, 2 do keys[#keys + 1] = found[i] end
  -- In parts: a script cannot unpack any number of values.
  for i = 1, #keys, 1000 do
    gone = gone + redis.call('HDEL', hash, unpack(keys, i, math.min(i + 999, #keys)))
  end
  forgotten = forgotten + gone
  if g then g.keys, g.changed = g.keys - gone, true end
end)
close_book(book)
return {place, forgotten}
