-- Notes how a tick ended, for the strip of the last ones that lists show.
local STRIP_LENGTH = 30

local function add_to_strip(sensor_key, status)
  local letter = status == 'FAILURE' and 'f' or status == 'SUCCESS' and 'r' or 's'
  local strip = (redis.call('HGET', sensor_key, 'strip') or '') .. letter
  redis.call('HSET', sensor_key, 'strip', string.sub(strip, -STRIP_LENGTH))
end
