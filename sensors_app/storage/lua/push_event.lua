-- push_event: somebody sends a sensor an event. It waits until a tick that saw it commits, and the
-- sensor is due at once if it is on. An event whose id was seen before is dropped.
-- KEYS  1 sensor  2 due  3 inbox  4 mark of the sender's id for this event
-- ARGV  1 now or ''  2 sensor  3 payload (JSON)  4 life of the mark, ms; '': the sender gave no id
--       5 how many may wait  6 how long one takes of what may be pushed, ms  7 how much of that may
--       be taken at once, ms
-- returns  {'ok' | 'duplicate', id, how many wait, 1 if the sensor is on} | {'unknown'}: there is no
--       such sensor that is polled | {'busy', ms}: too many of late, wait so long | {'full', how many}
--! use now_ms lane
local now = now_ms(ARGV[1])
local s = redis.call('HMGET', KEYS[1], 'defined', 'batch', 'override', 'default', 'activity',
                     'push_until')
if s[1] ~= '1' or s[2] then return {'unknown'} end
local waiting, on = redis.call('XLEN', KEYS[3]), (s[3] or s[4]) == 'RUNNING'
local known = ARGV[4] ~= '' and redis.call('GET', KEYS[4])
if known then return {'duplicate', known, waiting, on and 1 or 0} end

-- Each event moves the time by which all pushed so far would have come at the rate that is allowed.
local until_ms = math.max(now, tonumber(s[6] or 0))
local early = until_ms - now - tonumber(ARGV[7])
if early > 0 then return {'busy', math.ceil(early)} end
if waiting >= tonumber(ARGV[5]) then return {'full', waiting} end

redis.call('HSET', KEYS[1], 'push_until', until_ms + tonumber(ARGV[6]))
local id = redis.call('XADD', KEYS[3], '*', 'at', now, 'payload', ARGV[3])
if ARGV[4] ~= '' then redis.call('SET', KEYS[4], id, 'PX', ARGV[4]) end
if on and s[5] == 'idle' then
  set_due({sensor = KEYS[1], due = KEYS[2]}, ARGV[2], now)
elseif on then
  redis.call('HSET', KEYS[1], 'poked', 1)
end
return {'ok', id, waiting + 1, on and 1 or 0}
