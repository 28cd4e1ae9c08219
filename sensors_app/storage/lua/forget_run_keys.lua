-- forget_run_keys: forgets run keys of a sensor, so that their events may make runs again.
-- KEYS  1 run keys
-- ARGV  1 now or ''  then the keys
-- returns  how many were known
--! use now_ms key_book find_key
local book, known = open_book({run_keys = KEYS[1]}, now_ms(ARGV[1])), 0
for i = 2, #ARGV do
  if forget_key(book, ARGV[i]) then known = known + 1 end
end
close_book(book)
return known
