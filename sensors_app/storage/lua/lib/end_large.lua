-- Ends a large tick that was committed: its runs are created, or it was given up.
-- `k` names what finish_tick needs, and staged, inbox; `s` is what read_tick returned; `t` has what is
-- put by of the tick, by name. The rest are more fields of the tick.
local function end_large(k, name, now, keep, s, t, ...)
  local created = tonumber(t.created)
  redis.call('UNLINK', k.staged)
  redis.call('HDEL', k.sensor, 'held')
  if s.other_kind then
    redis.call('HSET', k.sensor, 'activity', 'idle')
    redis.call('HDEL', k.sensor, 'holder', 'poked', 'inbox_upto', 'other_kind')
    reschedule(k, name, t.tick, now, s, 0)
    return
  end
  local started, ended = tonumber(t.started), tonumber(t.ended)
  finish_tick(k, name, t.tick, now, keep, s, created > 0 and 'SUCCESS' or 'SKIPPED', {
    started = started, ended = ended, took = tonumber(t.took), fields = {
      'started', started, 'worker', t.holder, 'before', t.before, 'after', t.after,
      'data', t.data, 'requested', t.requested, 'created', created, 'run_ids', t.run_ids,
      'dropped', t.dropped, ...}})
  write_counts(k)
end

-- Returns what is put by of a tick, but for its requests, by name.
local STAGED_FIELDS = {'tick', 'holder', 'started', 'ended', 'took', 'data', 'before', 'after',
                       'requested', 'dropped', 'trace', 'parts', 'next', 'created', 'run_ids'}

local function read_staged(staged_key)
  local values, t = redis.call('HMGET', staged_key, unpack(STAGED_FIELDS)), {}
  for i, name in ipairs(STAGED_FIELDS) do t[name] = values[i] end
  return t
end
