-- Returns what ends of ticks go by, of a sensor, by name; false for what it does not have.
local TICK_FIELDS = {
  'token', 'activity', 'holder', 'company', 'begun', 'cursor', 'inbox_upto', 'poked', 'defined', 'batch',
  'override', 'default', 'interval', 'jitter', 'put_off', 'strip', 'failures', 'timeouts', 'took',
  'quick', 'alike', 'tick SUCCESS', 'tick SKIPPED', 'tick FAILURE', 'tick ms', 'max_requests', 'peak',
  'other_kind'}

local function read_tick(sensor_key)
  local values, s = redis.call('HMGET', sensor_key, unpack(TICK_FIELDS)), {}
  for i, name in ipairs(TICK_FIELDS) do s[name] = values[i] end
  return s
end
