-- claim_due: takes due sensors of one lane, each with a new token; and hands out again the claims that
-- nobody has begun for too long (their message was lost, or is late: the token stays, so either will do).
-- KEYS  1 due  2 claimed (both of the lane)  3 prefix of the sensors' hashes
-- ARGV  1 now or ''  2 how many at most  3 how many may be claimed and not begun  4 resend after, ms;
--       twice as long each further time, for the message may just be waiting behind others
-- returns  now, next due time (-1: none), shortest interval in ms of the sensors claimed (-1: none was),
--       then for each claim: sensor, token, time limit in ms, how long it takes in ms ('': not known)
--! use now_ms
local now, limit, window = now_ms(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
-- The answer grows in place: Lua's stack would not take all claims at once.
local answer, taken, shortest = {now, -1, -1}, 0, nil

local function hand_out(name, token, timeout, took, times)
  redis.call('ZADD', KEYS[2], now + tonumber(ARGV[4]) * 2 ^ math.min(times, 5), name)
  local n = #answer
  answer[n + 1], answer[n + 2], answer[n + 3], answer[n + 4] = name, token, timeout, took or ''
  taken = taken + 1
end

if window > 0 then
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, limit)) do
    local s = redis.call('HMGET', KEYS[3] .. name, 'token', 'timeout', 'took')
    hand_out(name, s[1], s[2], s[3], redis.call('HINCRBY', KEYS[3] .. name, 'resent', 1))
  end
end

local room = math.min(limit - taken, window - redis.call('ZCARD', KEYS[2]))
if room > 0 then
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, room)) do
    local key = KEYS[3] .. name
    local s = redis.call('HMGET', key, 'token', 'timeout', 'took', 'resent', 'interval')
    -- Higher than every earlier token even if the clock went back: it fences, and it orders ticks.
    local token = string.format('%.0f', math.max(now, tonumber(s[1] or 0) + 1))
    redis.call('ZREM', KEYS[1], name)
    redis.call('HSET', key, 'token', token, 'activity', 'claimed')
    if s[4] then redis.call('HDEL', key, 'resent') end
    hand_out(name, token, s[2], s[3], 0)
    shortest = math.min(shortest or math.huge, tonumber(s[5]))
  end
end

local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if first[2] then answer[2] = tonumber(first[2]) end
if shortest then answer[3] = shortest end
return answer
