-- commit_reaction: a sensor was called for events and that went well. Dedupes run keys, creates runs,
-- keeps the call among the sensor's ticks, promises the launches: together or not at all.
-- KEYS  as lib/end_call.lua has them
-- ARGV  likewise, then  17 those whose key is known to be used, some of them (JSON), then for each
--       request: run id, run key (optional text), job, config (JSON), tags (JSON)
-- returns  {'ok' | 'done', created, run ids (JSON), dropped (JSON)} | {'stale'}
--! use now_ms optional run_event tags_of launch_order create_run key_book find_key keep_key create_requested strip count_tick keep_call pace pace_call end_call
local call, answer = read_call()
if answer then return answer end
local now, k = now_ms(ARGV[1]), keys_of_call()
local call_id = next_call_id(k, now)
local created, run_ids, dropped = create_requested(
  k, now, 18, #ARGV, cjson.decode(ARGV[17]), tonumber(ARGV[7]), 'sensor', ARGV[4], 'tick',
  string.gsub(call_id, '%-0$', ''), 'lineage', ARGV[11])
return end_call(k, call, now, call_id, created, run_ids, dropped)
