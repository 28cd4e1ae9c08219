-- reexecute_run: a run that has ended is run once more, as a new run, because somebody asks for it.
-- KEYS  1 run  2 new run  3 runs  4 runs in QUEUED  5 outbox  6 events  7 prefix of runs
--       8 prefix of runs' logs
-- ARGV  1 now or ''  2 run id  3 id of the new run  4 tags to add or replace (JSON)
--       5 config (optional text): that of the run if absent
-- returns  'ok' | 'unknown' | 'taken': the new id is another run's | state of the run, not ended
--! use now_ms optional run_event tags_of launch_order create_run
local new = redis.call('HMGET', KEYS[2], 'again', 'status')
if new[1] == ARGV[2] then return 'ok' end
if new[2] then return 'taken' end
local r = redis.call('HMGET', KEYS[1], 'status', 'job', 'config', 'tags')
if not r[1] then return 'unknown' end
if r[1] ~= 'SUCCESS' and r[1] ~= 'FAILURE' and r[1] ~= 'CANCELED' then return r[1] end
local tags = tags_of(r[4])
for _, name in ipairs({'retry_number', 'will_retry', 'auto_retry_run_id'}) do
  tags['dagster/' .. name] = nil
end
for name, value in pairs(tags_of(ARGV[4])) do tags[name] = value end
tags['dagster/parent_run_id'] = ARGV[2]
tags['dagster/root_run_id'] = tags_of(r[4])['dagster/root_run_id'] or ARGV[2]
local k = {runs = KEYS[3], queued = KEYS[4], outbox = KEYS[5], events = KEYS[6],
           run_prefix = KEYS[7], run_events_prefix = KEYS[8]}
create_run(k, now_ms(ARGV[1]), ARGV[3], r[2], unwrap(ARGV[5]) or r[3], cjson.encode(tags),
           'again', ARGV[2])
return 'ok'
