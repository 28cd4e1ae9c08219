-- finish_ticks: evaluations have ended, one message's or some of them, each fenced by itself. One that
-- went well dedupes run keys, creates runs, moves the cursor, keeps the tick, promises the launches,
-- sets the next due time and frees the claim: together or not at all. One that failed keeps the tick
-- and its error. One that was lost with its process is claimed again if it was in company, since
-- another one may be to blame; else it failed. A claim that was never begun may be ended by anybody,
-- its process died on the way; one that is running by its holder alone.
-- Called again with the same tokens by the same holder it changes nothing and answers the same.
-- KEYS  1 due  2 claimed  3 running  4 prefix of the sensors' hashes  5 prefix of ticks
--       6... as LocationKeys.requested_runs has them, those of sensors as prefixes:  6 run keys  7 runs
--       8 runs in QUEUED  9 runs of sensors  10 outbox  11 events  12 runs  13 runs' logs
--       14 prefix of inboxes  15 tally
-- ARGV  1 now or ''  2 holder  3 ticks kept of a sensor  4 and for how long, ms  5 most ids listed in a
--       tick  6 below how many ms a sensor is quick  7 '1': those never begun were in company
--       8 from how many failures in a row on a sensor backs off  9 and up to which pause, ms
--       then for each: 'ok' | 'fail' | 'lost', sensor, token, when it started in ms after it was begun,
--       how long it took in ms ('': not known, both), data (JSON), and
--       if ok: cursor (optional text), 1 if it may be merged with those that say the same, how many
--       requests, those whose key is known to be used, some of them (JSON), context of its trace or
--       '', how many other requests; then for each of them: run id, run key (optional text), job, config
--       (JSON), tags (JSON)
--       if not: what the stream of events is to say of it (JSON)
-- returns  for each: {'ok' | 'done', created, run ids (JSON), dropped (JSON)} if it went well,
--       {'ok' | 'done'} if it failed, {'returned'} | {'large'}: to be staged | {'stale'}
--! use now_ms optional lane drop_seen reschedule strip count_tick pace read_tick keep_tick finish_tick finished_tick give_back sensor_failed run_event tags_of launch_order create_run key_book find_key keep_key create_requested ended_tick usual_runs keep_cursor commit_tick fail_tick
local now, answers = now_ms(ARGV[1]), {}
local keep = {count = ARGV[3], age = tonumber(ARGV[4]), listed = tonumber(ARGV[5]),
              quick_ms = tonumber(ARGV[6]),
              backoff = {after = tonumber(ARGV[8]), most = tonumber(ARGV[9])}}
local k = {due = KEYS[1], claimed = KEYS[2], running = KEYS[3], runs = KEYS[7], queued = KEYS[8],
           outbox = KEYS[10], events = KEYS[11], run_prefix = KEYS[12],
           run_events_prefix = KEYS[13], tally = KEYS[15]}

local function name_keys(name)
  k.lane = nil
  k.sensor, k.ticks, k.run_keys = KEYS[4] .. name, KEYS[5] .. name, KEYS[6] .. name
  k.runs_of, k.inbox = KEYS[9] .. name, KEYS[14] .. name
end

local i = 10
while i <= #ARGV do
  local name, token = ARGV[i + 1], ARGV[i + 2]
  name_keys(name)
  if ARGV[i] == 'ok' then
    local last = i + 11 + 5 * ARGV[i + 11]
    answers[#answers + 1] = commit_tick(k, name, token, now, keep, ARGV[2], i, last)
    i = last + 1
  else
    answers[#answers + 1] = fail_tick(k, name, token, now, keep, ARGV[2], i, ARGV[7] == '1')
    i = i + 7
  end
end
write_counts(k)
return answers
