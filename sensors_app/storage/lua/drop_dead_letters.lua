-- drop_dead_letters: an operator gives reactions up that failed once too often.
-- KEYS  1 dead letters  2 prefix of reactions  3 prefix of the reactions of sensors
-- ARGV  their ids
-- returns  how many were dead letters
local known = 0
for _, id in ipairs(ARGV) do
  if redis.call('ZREM', KEYS[1], id) == 1 then
    local name = redis.call('HGET', KEYS[2] .. id, 'sensor')
    redis.call('ZREM', KEYS[3] .. name, id)
    redis.call('UNLINK', KEYS[2] .. id)
    known = known + 1
  end
end
return known
