-- Gives a sensor whose tick has ended its next due time: its interval from now, at once if somebody
-- asked for an evaluation meanwhile, none if it is off, gone from the code, or not polled any more.
-- `k` names what set_due needs; `s` is what read_tick returned. `failures` are those in a row: from
-- `backoff.after` of them on each one doubles the pause, up to `backoff.most` ms.
local function reschedule(k, name, token, now, s, failures, backoff)
  if s.defined ~= '1' or s.batch then return end
  local put_off = 0
  if s.poked then
    set_due(k, name, now)
  elseif (s.override or s.default) == 'RUNNING' then
    local interval = tonumber(s.interval)
    if failures > 0 and failures >= backoff.after then
      local doubled = 2 ^ math.min(failures - backoff.after, 40)
      local pause = math.min(math.max(interval, 1) * doubled, backoff.most)
      put_off = math.max(0, pause - interval)
    end
    if s.jitter then
      -- As good as random, and the same for the same tick, whoever works it out.
      local part = tonumber(string.sub(redis.sha1hex(name .. ' ' .. token), 1, 8), 16) / 2 ^ 32
      put_off = put_off + math.floor(tonumber(s.jitter) * part)
    end
    set_due(k, name, now + interval + put_off)
  end
  -- Who looks for sensors that are late is to know of it.
  if put_off > 0 then
    redis.call('HSET', k.sensor, 'put_off', put_off)
  elseif s.put_off then
    redis.call('HDEL', k.sensor, 'put_off')
  end
end
