-- commit_staged_call: a call for events went well, and all that it requests is put by. This is the step
-- that decides: the call is kept among the sensor's ticks, and its runs are created from now on, part
-- by part, by whoever is there (unfold_call). The tick counts them already: which run keys are used has
-- been looked up before.
-- KEYS  as lib/end_call.lua has them, then  15 what is put by  16 unfolding calls
-- ARGV  likewise, then  17 in how many parts  18 how many requests are put by  19 ids of their runs, the
--       first of them (JSON)  20 the requests that were dropped, the first of them (JSON)
--       21 after how long others take over, ms
-- returns  {'ok' | 'done', created, run ids (JSON), dropped (JSON)} | {'stale'}
--! use now_ms put_by strip count_tick keep_call pace pace_call end_call
local call, answer = read_call()
if answer then return answer end
if not all_put_by(KEYS[15], ARGV[3], ARGV[17]) then return {'stale'} end
local now, k = now_ms(ARGV[1]), keys_of_call()
local call_id = next_call_id(k, now)
redis.call('HSET', KEYS[15], 'tick', string.gsub(call_id, '%-0$', ''), 'sensor', ARGV[4],
           'lineage', ARGV[11], 'trace', ARGV[13], 'parts', ARGV[17], 'next', 1)
redis.call('PERSIST', KEYS[15])
redis.call('ZADD', KEYS[16], now + tonumber(ARGV[21]), ARGV[2])
return end_call(k, call, now, call_id, tonumber(ARGV[18]), ARGV[19], ARGV[20])
