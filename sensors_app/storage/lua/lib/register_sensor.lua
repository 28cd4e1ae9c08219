-- Replaces what is known of a sensor's definition by the arguments of register_location from `i` on,
-- and puts it where it belongs. `k` names its keys.
local SENSOR_OPTIONS = {'jitter', 'max_requests', 'key_ttl', 'key_policy'}

local function register_sensor(k, now, i)
  local name, interval, status, batch = ARGV[i], ARGV[i + 2], ARGV[i + 4], ARGV[i + 5]
  local old = redis.call('HMGET', k.sensor, 'interval', 'default', 'batch', 'defined')
  local set = {'defined', 1, 'interval', interval, 'timeout', ARGV[i + 3], 'default', status}
  local unset = {}
  local function keep(field, value)
    if value == '' then
      unset[#unset + 1] = field
    else
      set[#set + 1], set[#set + 2] = field, value
    end
  end
  if batch == '' then
    unset = {'batch', 'delays'}
  else
    set[#set + 1], set[#set + 2], set[#set + 3], set[#set + 4] = 'batch', batch, 'delays', ARGV[i + 6]
  end
  for j, option in ipairs(SENSOR_OPTIONS) do keep(option, ARGV[i + 6 + j]) end
  -- A batch that has begun to fill may be too large by now.
  if old[3] ~= batch then keep('open', '') end
  redis.call('HSET', k.sensor, unpack(set))
  redis.call('HDEL', k.sensor, unpack(unset))

  if old[1] and (old[3] or '') ~= batch and (not old[3] or batch == '') then
    change_kind(k, name, now)
  end
  if old[1] and old[1] ~= interval and (due_at(k, name) or 0) > now then unset_due(k, name) end
  if place_sensor(k, now, name, old[2], old[4] == '0') and batch ~= '' then
    resume_held(k.reactions_prefix .. name, k.reaction_prefix, k.react_outbox, now)
  end
end
