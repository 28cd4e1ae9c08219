-- note_run: a line for people in a run's log, from the system; each note once.
-- KEYS  1 run  2 run's log
-- ARGV  1 now or ''  2 name of the note  3 message
-- returns  1 | 0: there is no such run any more, or it has the note
--! use now_ms
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('HSETNX', KEYS[1], 'note:' .. ARGV[2], 1) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', 'type', 'ENGINE_EVENT', 'at', now_ms(ARGV[1]), 'message', ARGV[3],
           'extra', '')
return 1
