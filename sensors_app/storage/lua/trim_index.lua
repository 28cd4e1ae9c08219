-- trim_index: forgets the oldest runs of an index that are not kept any more.
-- KEYS  1 index  2 prefix of runs
-- ARGV  1 how many are looked at
-- returns  how many went
local gone = 0
for _, run_id in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)) do
  if redis.call('EXISTS', KEYS[2] .. run_id) == 0 then
    gone = gone + redis.call('ZREM', KEYS[1], run_id)
  end
end
return gone
