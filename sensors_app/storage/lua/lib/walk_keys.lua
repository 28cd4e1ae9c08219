-- Looks for run keys that fit a pattern, from a place on: 'T.N' is bucket N of generation T, 'old.N'
-- the place N of a scan of what an earlier version kept, '' the beginning. `visit` gets each hash, what
-- fits in it (keys and runs in turn) and its generation, and says whether that is enough.
-- Returns the place to go on from, '' at the end. A key that moves meanwhile is met twice, never missed.
local function walk_keys(book, place, pattern, most, visit)
  local at, number = string.match(place, '^(%w+)%.(%d+)$')
  local first = tonumber(number or 0)
  for _, g in ipairs(book.generations) do
    if at ~= 'old' and g.ends >= tonumber(at or 0) then
      for n = g.id == at and first or 0, g.buckets - 1 do
        if most == 0 then return string.format('%s.%d', g.id, n) end
        most = most - 1
        -- A bucket is small: one call sees all of it.
        local hash = g.prefix .. string.format('%d', n)
        local found = redis.call('HSCAN', hash, 0, 'MATCH', pattern, 'COUNT', 1000)[2]
        if visit(hash, found, g) then return string.format('%s.%d', g.id, n + 1) end
      end
    end
  end
  if not book.old then return '' end
  local scanned = at == 'old' and number or '0'
  repeat
    if most <= 0 then return 'old.' .. scanned end
    most = most - 10
    local answer = redis.call('HSCAN', book.name, scanned, 'MATCH', pattern, 'COUNT', 1000)
    scanned = answer[1]
    if visit(book.name, answer[2], nil) and scanned ~= '0' then return 'old.' .. scanned end
  until scanned == '0'
  return ''
end
