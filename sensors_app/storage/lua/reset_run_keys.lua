-- reset_run_keys: forgets run keys of a sensor, so that their events may make runs again.
-- KEYS  1 run keys
-- ARGV  the keys to forget; none: all of them
-- returns  how many were known
if #ARGV == 0 then
  local known = redis.call('HLEN', KEYS[1])
  redis.call('UNLINK', KEYS[1])
  return known
end
local known = 0
for _, key in ipairs(ARGV) do known = known + redis.call('HDEL', KEYS[1], key) end
return known
