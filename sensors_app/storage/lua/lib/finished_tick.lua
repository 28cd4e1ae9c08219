-- Returns the answer for a tick that does not run any more: what it was, if this holder has ended the
-- tick before, well or not, as named by `failed`; else that its claim is stale. Who lost the reply asks
-- again, however late; who lost the claim is told so even if the tick's token has not been replaced.
-- A tick that `may_be_merged` had nothing to say but what the next one has said since.
local function finished_tick(ticks, token, holder, failed, may_be_merged)
  local entry = redis.call('XRANGE', ticks, token .. '-0', '+', 'COUNT', 1)[1]
  if not entry then return {'stale'} end
  local kept = {}
  for i = 1, #entry[2], 2 do kept[entry[2][i]] = entry[2][i + 1] end
  if entry[1] ~= token .. '-0' then
    local merged = may_be_merged and kept.first and tonumber(kept.first) <= tonumber(token)
    return merged and {'done', 0, '[]', '[]'} or {'stale'}
  end
  if kept.worker ~= holder or (kept.status == 'FAILURE') ~= failed then return {'stale'} end
  if failed then return {'done'} end
  return {'done', tonumber(kept.created or 0), kept.run_ids or '[]', kept.dropped or '[]'}
end
