-- trim_stream: entries of a stream that are too old go. A stream that has none left goes itself.
-- KEYS  1 stream
-- ARGV  1 now or ''  2 how long entries are kept, ms
-- returns  how many went
--! use now_ms
local oldest = string.format('%.0f', now_ms(ARGV[1]) - tonumber(ARGV[2]))
-- Whole nodes are quick to drop, and bounded in number; then what is left is a part of one node.
local gone = redis.call('XTRIM', KEYS[1], 'MINID', '~', oldest)
if gone == 0 then gone = redis.call('XTRIM', KEYS[1], 'MINID', oldest) end
if redis.call('XLEN', KEYS[1]) == 0 then redis.call('DEL', KEYS[1]) end
return gone
