-- Concurrency limits divide runs into groups: all of the location, those of a job, those with a
-- value of a tag. A run is in as many groups as limits apply to it, and has a slot in each or none.

-- Returns the limits in force, or nil. `k` names the key location.
local function limits_of(k)
  local limits = redis.call('HGET', k.location, 'limits')
  return limits and limits ~= '' and cjson.decode(limits) or nil
end

-- Returns the names of a run's groups, and how many slots each has by its name.
local function groups_of(limits, job, tags)
  local names, size = {}, {}
  local function belong(name, slots)
    if not slots then return end
    names[#names + 1] = name
    size[name] = slots
  end
  belong('location', limits.location)
  belong('job:' .. job, limits.jobs[job])
  if #limits.tags > 0 then
    local own = tags_of(tags)
    for _, each in ipairs(limits.tags) do
      local value = own[each.tag]
      if type(value) == 'string' then
        belong('tag:' .. each.tag .. '=' .. value, each.values[value] or each.any)
      end
    end
  end
  return names, size
end
