-- fail_reaction: a call for events failed. It is tried again later, or becomes a dead letter.
-- KEYS  1 reaction  2 sensor  3 ticks  4 running  5 to be sent later  6 dead letters
--       7 events  8 rules  9 tally  10 to be sent
-- ARGV  1 now or ''  2 id  3 holder  4 ticks kept  5 and for how long, ms  6 data (JSON)
--       7 '1': another attempt would be of no use  8 what the stream of events is to say (JSON)
--       9 how long after it was begun it was called, ms, or ''  10 how long it took, ms, or ''
--       11 '1': its process is gone; if it was in company, another one may be to blame: it is sent
--       again, to be alone then
-- returns  {'ok'} | {'returned'} | {'done'}: this attempt of this holder has failed before | {'stale'}
--! use now_ms strip count_tick keep_call sensor_failed led_here pace pace_call fail_call return_call
local r = redis.call('HMGET', KEYS[1], 'state', 'holder', 'failed_by', 'company')
if r[1] ~= 'running' or r[2] ~= ARGV[3] then
  return {r[3] == ARGV[3] and 'done' or 'stale'}
end
local k = {reaction = KEYS[1], sensor = KEYS[2], ticks = KEYS[3], running = KEYS[4],
           later = KEYS[5], dead = KEYS[6], events = KEYS[7], rules = KEYS[8],
           tally = KEYS[9], outbox = KEYS[10]}
if ARGV[11] == '1' and r[4] then
  return_call(k, now_ms(ARGV[1]), ARGV[2], true)
  return {'returned'}
end
fail_call(k, now_ms(ARGV[1]), ARGV[2], ARGV[4], ARGV[5], ARGV[6], ARGV[7] == '1', ARGV[8], ARGV[9],
          ARGV[10])
return {'ok'}
