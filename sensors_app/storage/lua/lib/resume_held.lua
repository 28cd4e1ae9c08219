-- Has reactions sent that were held while their sensor was off.
local function resume_held(reactions_of, reaction_prefix, outbox, now)
  for _, id in ipairs(redis.call('ZRANGE', reactions_of, 0, -1)) do
    local key = reaction_prefix .. id
    if redis.call('HGET', key, 'state') == 'held' then
      redis.call('HSET', key, 'state', 'waiting')
      redis.call('ZADD', outbox, now, id)
    end
  end
end
