-- Commits a tick, of the arguments of finish_ticks from `i` on, whose requests end at `last`; returns
-- what is answered. `k` and `keep` are what finish_tick needs, and create_requested.
local function add(fields, ...)
  for _, value in ipairs({...}) do fields[#fields + 1] = value end
end

local function commit_tick(k, name, token, now, keep, holder, i, last)
  local s = read_tick(k.sensor)
  -- One that may be too much for its sensor goes another way, as it may have done before.
  local begun = s.token == token and s.holder == holder
  local asks_more = s.max_requests and tonumber(ARGV[i + 11]) > tonumber(s.max_requests)
  if begun and (s.activity == 'running' and asks_more or s.activity == 'held'
                or s.activity == 'unfolding') then
    return {'large'}
  end
  if s.token ~= token or s.activity ~= 'running' or s.holder ~= holder then
    local same = ARGV[i + 7] == '1' and ARGV[i + 8] == '0'
    return finished_tick(k.ticks, token, holder, false, same)
  end
  local tick, cursor = ended_tick(s, now, holder, i), unwrap(ARGV[i + 6])
  local asked = ARGV[i + 8] ~= '0'
  local created, run_ids, dropped = 0, '[]', '[]'
  if asked then
    k.trace = ARGV[i + 10]
    created, run_ids, dropped = create_requested(
      k, now, i + 12, last, cjson.decode(ARGV[i + 9]), keep.listed, 'sensor', name,
      'tick', token)
    note_runs(k.sensor, s, now, created)
    add(tick.fields, 'requested', ARGV[i + 8], 'created', created, 'run_ids', run_ids,
        'dropped', dropped)
  end
  if cursor ~= s.cursor then
    add(tick.fields, 'after', ARGV[i + 6])
    keep_cursor(k.sensor, ARGV[i + 6])
  elseif ARGV[i + 7] == '1' and not asked and not s.inbox_upto then
    tick.alike = ARGV[i + 5]
  end
  if s.inbox_upto then drop_seen(k, s) end
  finish_tick(k, name, token, now, keep, s, created > 0 and 'SUCCESS' or 'SKIPPED', tick)
  return {'ok', created, run_ids, dropped}
end
