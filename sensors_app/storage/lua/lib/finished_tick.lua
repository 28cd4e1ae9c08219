-- Returns what was kept of a tick that this holder has finished before, well or not, as named by
-- `failed`; nil if it has not. Who lost the reply asks again, however late; who lost the claim is
-- told so even if the tick's token has not been replaced yet.
local function finished_tick(ticks, token, holder, failed)
  local entry = redis.call('XRANGE', ticks, token .. '-0', token .. '-0')[1]
  if not entry then return nil end
  local kept = {}
  for i = 1, #entry[2], 2 do kept[entry[2][i]] = entry[2][i + 1] end
  if kept.worker == holder and (kept.status == 'FAILURE') == failed then return kept end
end
