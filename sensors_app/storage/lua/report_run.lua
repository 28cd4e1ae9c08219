-- report_run: another system's word on a run of its own. The first one creates the run, wherever
-- it then is; later ones move it forward. One that is late or repeated changes nothing.
-- KEYS  1 run  2 run's log  3 events  4 prefix of the index of states  5 runs  6 prefix of runs
--       7 location: there is none, or the name is a code location's  8 tally
-- ARGV  1 now or ''  2 run id  3 job  4 status  5 type of the event  6 message  7 extra (JSON)
--       8 tags (JSON)  9 when it happened, ms, or ''  10 life of the run from now, ms
-- returns  'ok' | 'taken': the name is a code location's
--! use now_ms run_event move_run count_ended
if redis.call('EXISTS', KEYS[7]) == 1 then return 'taken' end
local rank = {NOT_STARTED = 0, QUEUED = 1, STARTING = 2, STARTED = 3, CANCELING = 3, SUCCESS = 4,
              FAILURE = 4, CANCELED = 4}
local now, to = now_ms(ARGV[1]), ARGV[4]
local happened = ARGV[9] == '' and now or ARGV[9]

-- Nobody may ever tell how a run ended: who is heard of lives on, and all of it goes in the end.
local function live_on()
  redis.call('PEXPIRE', KEYS[1], ARGV[10])
  redis.call('PEXPIRE', KEYS[2], ARGV[10])
end

-- As in end_run: a few of the oldest each time keep an index from growing for ever.
local function trim(index)
  for _, run_id in ipairs(redis.call('ZRANGE', index, 0, 4)) do
    if redis.call('EXISTS', KEYS[6] .. run_id) == 0 then redis.call('ZREM', index, run_id) end
  end
end

local r = redis.call('HMGET', KEYS[1], 'status', 'tags', 'job')
local from = r[1] or 'NOT_STARTED'
if rank[to] <= rank[from] then
  if rank[from] < 4 then live_on() end
  return 'ok'
end
if not r[1] then
  redis.call('HSET', KEYS[1], 'status', from, 'job', ARGV[3], 'config', '{}', 'created', now)
  redis.call('ZADD', KEYS[5], now, ARGV[2])
end
local tags = cjson.decode(r[2] or '{}')
for name, text in pairs(cjson.decode(ARGV[8])) do tags[name] = text end
redis.call('HSET', KEYS[1], 'tags', cjson.encode(tags))
if to == 'STARTED' then redis.call('HSET', KEYS[1], 'started', happened) end
if rank[to] == 4 then redis.call('HSET', KEYS[1], 'ended', happened) end
if to == 'FAILURE' then redis.call('HSET', KEYS[1], 'error', ARGV[6]) end
local k = {run = KEYS[1], run_events = KEYS[2], events = KEYS[3], runs_in = KEYS[4],
           tally = KEYS[8]}
move_run(k, now, ARGV[2], to, ARGV[5], ARGV[6], ARGV[7])
if rank[to] == 4 then count_ended(k, r[3] or ARGV[3], to) end
live_on()
trim(KEYS[5])
trim(KEYS[4] .. to)
return 'ok'
