-- return_reactions: one message's time is over. What has not been called is sent again at once; what
-- goes on does so alone, and its sensor is not as quick as it was.
-- KEYS  1 running  2 prefix of reactions  3 prefix of sensors' hashes  4 to be sent
-- ARGV  1 now or ''  2 holder  3 reaction that goes on, or ''  4... those that have not been called
-- returns  how many were returned
--! use now_ms return_call
local now, returned = now_ms(ARGV[1]), 0
local function held(id)
  local r = redis.call('HMGET', KEYS[2] .. id, 'state', 'holder', 'sensor')
  return r[1] == 'running' and r[2] == ARGV[2] and r[3]
end

local slow = ARGV[3] ~= '' and held(ARGV[3])
if slow then
  redis.call('HDEL', KEYS[2] .. ARGV[3], 'company')
  redis.call('HDEL', KEYS[3] .. slow, 'quick', 'took')
end
for i = 4, #ARGV do
  if held(ARGV[i]) then
    return_call({reaction = KEYS[2] .. ARGV[i], running = KEYS[1], outbox = KEYS[4]}, now, ARGV[i],
                false)
    returned = returned + 1
  end
end
return returned
