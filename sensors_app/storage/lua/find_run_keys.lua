-- find_run_keys: run keys of a sensor that fit a pattern, in no order; a part of them.
-- KEYS  1 run keys
-- ARGV  1 now or ''  2 place to go on from, '' begins  3 pattern  4 after how many keys it ends
--       5 how many buckets it looks into at most
-- returns  {place to go on from or '', key, run id, key, run id, ...}
--! use now_ms key_book walk_keys
local book = open_book({run_keys = KEYS[1]}, now_ms(ARGV[1]))
local answer, limit = {''}, tonumber(ARGV[4])
answer[1] = walk_keys(book, ARGV[2], ARGV[3], tonumber(ARGV[5]), function(_, found)
  for _, text in ipairs(found) do answer[#answer + 1] = text end
  return #answer > 2 * limit
end)
return answer
