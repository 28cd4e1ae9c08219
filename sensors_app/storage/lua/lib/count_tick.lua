-- Counts ticks by how they ended, and by how long they took, for all of a code location: its numbers
-- must not shrink when a sensor goes. What a script counts is added up and written once, by
-- `write_counts`. `k` names the key tally.
local TOOK_MS = {10, 50, 100, 500, 1000, 5000, 10000, 30000, 60000, 300000}

local function count_tick(k, status, took)
  local bucket = 'more'
  for _, bound in ipairs(TOOK_MS) do
    if took <= bound then
      bucket = bound
      break
    end
  end
  k.counts = k.counts or {}
  for field, n in pairs({['tick ' .. status] = 1, ['tick ms'] = took, ['took ' .. bucket] = 1}) do
    k.counts[field] = (k.counts[field] or 0) + n
  end
end

local function write_counts(k)
  for field, n in pairs(k.counts or {}) do redis.call('HINCRBY', k.tally, field, n) end
end
