-- Returns the field by which the failed call of a sensor about sensors is known as that: the sensors,
-- with their code locations, whose calls led to it, and itself. Nothing for another sensor's call.
-- `k` names the keys sensor, reaction, rules; `n` is how many events the call was for.
local function led_here(k, name, n)
  local rules = redis.call('HGET', k.rules, name)
  if not rules or type(cjson.decode(rules).sensors) ~= 'table' then return end
  local own = string.match(k.sensor, '{(.-)}:sensor:') .. '/' .. name
  local names, seen = {own}, {[own] = true}
  for i = 1, n do
    local fields = cjson.decode(redis.call('HGET', k.reaction, 'e' .. i))[3]
    for each in string.gmatch(fields.through or '', '[^,]+') do
      if not seen[each] then names[#names + 1] = each end
      seen[each] = true
    end
  end
  return 'through', table.concat(names, ',')
end
