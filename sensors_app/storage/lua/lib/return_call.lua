-- Has a reaction sent again at once, as if it had not been begun: its call has not been made, or the
-- process that was to make it is gone, with others of which one may be to blame; then it goes `alone`.
-- `k` names the keys reaction, running, outbox.
local function return_call(k, now, id, alone)
  redis.call('HSET', k.reaction, 'state', 'waiting', unpack(alone and {'alone', 1} or {}))
  redis.call('HINCRBY', k.reaction, 'attempt', -1)
  redis.call('HDEL', k.reaction, 'holder', 'begun', 'company')
  redis.call('ZREM', k.running, id)
  redis.call('ZADD', k.outbox, now, id)
end
