-- return_ticks: one message's time is over. What has not begun is due again at once, to be claimed by
-- whoever has time; what goes on does so alone: if it takes its process down, that was its own doing.
-- KEYS  1 due  2 running  3 prefix of the sensors' hashes
-- ARGV  1 holder  2 sensor that goes on, or ''  3 its token
--       then for each that has not begun: sensor, token
-- returns  how many were returned
--! use lane give_back
local returned = 0
local function held(name, token)
  local s = redis.call('HMGET', KEYS[3] .. name, 'token', 'activity', 'holder', 'begun')
  return s[1] == token and s[2] == 'running' and s[3] == ARGV[1] and s[4]
end

if ARGV[2] ~= '' and held(ARGV[2], ARGV[3]) then
  redis.call('HDEL', KEYS[3] .. ARGV[2], 'company')
end
for i = 4, #ARGV, 2 do
  local begun = held(ARGV[i], ARGV[i + 1])
  if begun then
    give_back({sensor = KEYS[3] .. ARGV[i], due = KEYS[1], running = KEYS[2]}, ARGV[i], begun)
    returned = returned + 1
  end
end
return returned
