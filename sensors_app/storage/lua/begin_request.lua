-- begin_request: somebody asks for a change under a key of their own. Who asks first does it; a repeat
-- gets the answer that the first one got.
-- KEYS  1 request
-- ARGV  1 fingerprint of what is asked  2 who does it  3 for how long nobody else may, ms
-- returns  {'new'}: do it | {'done', answer} | {'running'}: somebody is at it | {'other'}: the key
--       was used for something else
local r = redis.call('HMGET', KEYS[1], 'fingerprint', 'owner', 'answer')
if not r[1] then
  redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'owner', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return {'new'}
end
if r[1] ~= ARGV[1] then return {'other'} end
if r[3] then return {'done', r[3]} end
return {r[2] == ARGV[2] and 'new' or 'running'}
