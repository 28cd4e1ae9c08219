-- Events that were pushed to a sensor wait in its inbox, a stream. `add_waiting` adds the first of them
-- to an answer, as id, time and payload: at most so many, and no further one above so many bytes, nor
-- one after `upto` if that is given. Returns the id of the last one, nil if there is none.
local function add_waiting(answer, inbox, most, bytes, upto)
  local last, size = nil, 0
  for _ = 1, most do
    local entry = redis.call('XRANGE', inbox, last and '(' .. last or '-', upto or '+', 'COUNT', 1)[1]
    if not entry then break end
    local payload = entry[2][4]
    size = size + #payload
    if last and size > bytes then break end
    last = entry[1]
    for _, value in ipairs({last, entry[2][2], payload}) do answer[#answer + 1] = value end
  end
  return last
end
