-- commit_staged: a large tick went well, and all that it requests is put by. This is the step that
-- decides: the claim ends, the cursor moves, and the runs are created from now on, part by part, by
-- whoever is there (unfold_requests). If they are too many, the tick is held until somebody says yes or
-- no, and nothing moves. Either way the sensor is not evaluated before the tick has ended.
-- Called again with the same token by the same holder it changes nothing and answers the same.
-- KEYS  1 sensor  2 running  3 what is put by  4 unfolding  5 held  6 ticks
-- ARGV  1 now or ''  2 sensor  3 token  4 holder  5 when it started in ms after it was begun  6 how long
--       it took in ms ('': not known, both)  7 data (JSON)  8 cursor (optional text)  9 how many
--       requests  10 those whose key is known to be used, some of them (JSON)  11 context of its trace or
--       ''  12 how many requests are put by  13 in how many parts  14 most requests of a tick, if its
--       sensor does not say  15 most times the usual number, 0: any  16 up to this many it does not
--       matter what is usual  17 after how long others take over, ms
-- returns  {'unfolding'} | {'held'} | {'done', created, run ids (JSON), dropped (JSON)} | {'stale'}
--! use now_ms optional put_by read_tick finished_tick usual_runs keep_cursor
local s = read_tick(KEYS[1])
if s.token == ARGV[3] and s.holder == ARGV[4]
   and (s.activity == 'unfolding' or s.activity == 'held') then
  return {s.activity}
end
if s.token ~= ARGV[3] or s.activity ~= 'running' or s.holder ~= ARGV[4] then
  return finished_tick(KEYS[6], ARGV[3], ARGV[4], false)
end
if not all_put_by(KEYS[3], ARGV[3], ARGV[13]) then return {'stale'} end

local now, requests, started, took = now_ms(ARGV[1]), tonumber(ARGV[12]), tonumber(s.begun), ARGV[6]
if ARGV[5] ~= '' then started = math.min(now, started + math.floor(ARGV[5])) end
if took == '' then took = now - started end
redis.call('HSET', KEYS[3], 'holder', ARGV[4], 'started', started, 'ended', now, 'took', took,
           'data', ARGV[7], 'before', wrap(s.cursor), 'after', ARGV[8], 'requested', ARGV[9],
           'dropped', ARGV[10], 'trace', ARGV[11], 'parts', ARGV[13], 'next', 1, 'created', 0,
           'run_ids', '[]')
redis.call('PERSIST', KEYS[3])
redis.call('ZREM', KEYS[2], ARGV[2])

-- Why somebody is to be asked, nil if nobody.
local function why_held()
  local most, usual = tonumber(s.max_requests or ARGV[14]), usual_runs(s, now)
  if requests > most then return {most = most} end
  local times = tonumber(ARGV[15])
  if times == 0 or usual == 0 or requests <= tonumber(ARGV[16]) then return nil end
  return requests > times * usual and {usual = math.ceil(usual)} or nil
end

local held = why_held()
if held then
  held.tick, held.at, held.requests = ARGV[3], now, requests
  redis.call('HSET', KEYS[1], 'activity', 'held', 'held', cjson.encode(held))
  redis.call('ZADD', KEYS[5], now, ARGV[2])
  return {'held'}
end
keep_cursor(KEYS[1], ARGV[8])
redis.call('HSET', KEYS[1], 'activity', 'unfolding')
redis.call('ZADD', KEYS[4], now + tonumber(ARGV[17]), ARGV[2])
return {'unfolding'}
