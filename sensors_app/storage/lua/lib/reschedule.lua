-- Gives a sensor whose tick has ended its next due time: its interval from now, at once if somebody
-- asked for an evaluation meanwhile, none if it is off, gone from the code, or not polled any more.
-- `k` names what set_due needs; `s` is what read_tick returned.
local function reschedule(k, name, now, s)
  if s.defined ~= '1' or s.batch then return end
  if s.poked then
    set_due(k, name, now)
  elseif (s.override or s.default) == 'RUNNING' then
    set_due(k, name, now + tonumber(s.interval))
  end
end
