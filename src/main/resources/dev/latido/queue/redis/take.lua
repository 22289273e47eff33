-- Takes what is next, as much as is asked for. KEYS: base, delayed, dead, lanes..., the most urgent first
-- ARGV: group, me, messages, bytes, 1 when one message may have more bytes, largest payload, most bytes and number of the
-- other fields, lease in ms, until when by the server's clock others' leases that are over may be taken: 0 for never, how
-- often a lane may be passed over, most dead letters, their age in ms, the version that is known,
-- lanes' names..., how often each was passed over..., and of what this process has but does not know: lane, id, deliveries
local base, delayed, dead = KEYS[1], KEYS[2], KEYS[3]
local lanes = #KEYS - 3
local group, me, messages, left = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local may_exceed, max_payload = ARGV[5] == '1', tonumber(ARGV[6])
local max_other, max_fields = tonumber(ARGV[7]), tonumber(ARGV[8])
local lease, reclaim_until, passes = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local max_dead, dead_millis, version = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])
local names, passed, own = {}, {}, {}
for i = 1, lanes do
  names[i] = ARGV[14 + i]
  passed[i] = tonumber(ARGV[14 + lanes + i])
  own[i] = {}
end
for i = 15 + 2 * lanes, #ARGV, 3 do
  local of = own[tonumber(ARGV[i])]
  of[#of + 1] = {ARGV[i + 1], tonumber(ARGV[i + 2])}
end

local time = now()
redis.call('ZREM', delayed, '') -- a write that takes no memory

-- Moves up to 100 members with scores up to this one to their lanes, and returns how many.
local function move(set, most)
  local members = redis.call('ZRANGEBYSCORE', set, '-inf', string.format('%.0f', most), 'LIMIT', 0, 100)
  for _, member in ipairs(members) do
    local message = cmsgpack.unpack(member)
    local lane = message[1]
    redis.call('XADD', lane == 'normal' and base or '{' .. base .. '}:' .. lane, '*', unpack(message, 3))
    redis.call('ZREM', set, member)
  end
  return #members
end

local newer = beside(delayed, 'newer') -- by version
local moved = move(delayed, time) + move(newer, version)
local taken, refused, put_aside = {}, {}, 0

local function remove(lane, id, is_pending)
  if is_pending then
    redis.call('XACK', KEYS[3 + lane], group, id)
  end
  redis.call('XDEL', KEYS[3 + lane], id)
end

-- What is of a version that this process does not know goes out of the way of others, just as it is, until one comes that does.
-- As the lane changes, whoever is there looks again.
local function is_put_aside(lane, entry, is_pending)
  local id, fields = entry[1], entry[2]
  local of, first_id = 0, nil
  for i = 1, #fields, 2 do
    if fields[i] == 'latido-version' and string.find(fields[i + 1], '^%d+$') then
      of = math.max(of, math.min(tonumber(fields[i + 1]), 2 ^ 53))
    elseif fields[i] == 'latido-id' then
      first_id = id_of(fields[i + 1])
    end
  end
  if of <= version or #fields > 6000 then -- more than Lua passes on at once
    return false
  end
  local member = {names[lane], id}
  for i = 1, #fields do
    member[i + 2] = fields[i]
  end
  if not first_id then -- by which it is named where nothing else does
    member[#member + 1] = 'latido-id'
    member[#member + 1] = id
  end
  redis.call('ZADD', newer, string.format('%.0f', of), cmsgpack.pack(member))
  remove(lane, id, is_pending)
  put_aside = put_aside + 1
  return true
end

-- What is too large for anybody goes away here, so that no process has to hold it. Returns the payload's bytes, or nil.
local function sizes(lane, entry, is_pending)
  local id, fields = entry[1], entry[2]
  local payload, others = 0, 0
  local field, is_event = payload_field(fields)
  for i = 1, #fields, 2 do
    if fields[i] == field then
      payload = payload + #fields[i + 1]
    else
      others = others + #fields[i] + #fields[i + 1]
    end
  end
  local detail
  if not field and not is_event then
    payload, others = others + 6 * #fields / 2 + 2, 0 -- it becomes an object of strings
  end
  if payload > max_payload then
    detail = 'its payload has ' .. payload .. ' bytes, more than ' .. max_payload
  elseif others > max_other or #fields / 2 > max_fields then
    detail = 'its properties have ' .. others .. ' bytes in ' .. #fields / 2 .. ' fields, more than ' .. max_other
      .. ' in ' .. max_fields
  end
  if not detail then
    return payload
  end
  local kept, names_of_it = fields, {}
  if #fields > 6000 then -- more than Lua passes on at once
    kept = {}
    for i = 1, 6000 do
      kept[i] = fields[i]
    end
  end
  bury(dead, names[lane], id, kept, 'too-large', detail, '', max_dead, dead_millis)
  for i = 1, #kept, 2 do
    local name = kept[i]
    if name == 'key' or name == 'message-id' or name == 'latido-key' or name == 'payload' or name == 'ce-id'
      or name == 'ce_id' or name == 'latido-id' then
      names_of_it[#names_of_it + 1] = name
      names_of_it[#names_of_it + 1] = name == 'payload' and '' or kept[i + 1]
    end
  end
  remove(lane, id, is_pending)
  refused[#refused + 1] = {lane, id, detail, names_of_it}
  return nil
end

-- A lane's next ones: given back, had by this process before, left by dead ones, and then new ones.
local queues = {}

local function queue(lane)
  local q = queues[lane]
  if q then
    return q
  end
  local stream = KEYS[3 + lane]
  q = {at = 1, fresh = {}, fresh_at = 1, read = 0, is_end = false}
  queues[lane] = q
  local seen = {}
  local function add(id, count, is_own)
    if not seen[id] then
      seen[id] = true
      q[#q + 1] = {id, count, is_own}
    end
  end
  for _, each in ipairs(redis.call('XPENDING', stream, group, '-', '+', messages, FREE)) do
    add(each[1], each[4])
  end
  for _, each in ipairs(own[lane]) do
    if held(stream, group, me, each[1], each[2]) then
      add(each[1], each[2], true)
    end
  end
  if time <= reclaim_until then
    for _, each in ipairs(redis.call('XPENDING', stream, group, 'IDLE', lease, '-', '+', messages)) do
      add(each[1], each[4])
    end
  end
  for _, each in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local of = {}
    for i = 1, #each, 2 do
      of[each[i]] = each[i + 1]
    end
    if of['name'] == group then
      q.last = of['last-delivered-id']
    end
  end
  return q
end

local chunk = math.max(1, math.min(messages, math.floor(left / max_payload)))

-- Returns id, fields, bytes, and deliveries before; nil when there is nothing.
local function head(lane)
  local q = queue(lane)
  local stream = KEYS[3 + lane]
  if q.head then
    return q.head
  end
  while q[q.at] do
    local id, count = q[q.at][1], q[q.at][2]
    local entry = first(stream, id)
    local bytes = entry and not is_put_aside(lane, entry, true) and sizes(lane, entry, true)
    if bytes then
      q.head = {id, entry[2], bytes, count}
      return q.head
    elseif not entry then
      redis.call('XACK', stream, group, id) -- somebody removed it
    end
    q.at = q.at + 1
  end
  while true do
    local entry = q.fresh[q.fresh_at]
    if not entry then
      if q.is_end then
        return nil
      end
      q.fresh = redis.call('XRANGE', stream, '(' .. q.last, '+', 'COUNT', chunk)
      q.fresh_at = 1
      q.is_end = #q.fresh < chunk
      entry = q.fresh[1]
      if not entry then
        return nil
      end
    end
    if #refused + put_aside >= 100 then
      return nil -- the rest another time
    end
    local bytes = not is_put_aside(lane, entry, false) and sizes(lane, entry, false)
    if bytes then
      q.head = {entry[1], entry[2], bytes}
      return q.head
    end
    q.last = entry[1]
    q.fresh_at = q.fresh_at + 1
  end
end

while #taken < messages and left > 0 do
  local lane
  for i = 1, lanes do
    if head(i) then
      if passed[i] >= passes then
        lane = i
        break
      end
      lane = lane or i
    end
  end
  if not lane then
    break
  end
  local q = queues[lane]
  local id, fields, bytes, before = unpack(q.head)
  if bytes > left and not may_exceed then
    break
  end
  if before then
    redis.call('XCLAIM', KEYS[3 + lane], group, me, 0, id, 'RETRYCOUNT', before + 1, 'JUSTID')
    q.at = q.at + 1
  else
    q.read = q.read + 1
    q.last = id
    q.fresh_at = q.fresh_at + 1
    before = 0
  end
  q.head = nil
  taken[#taken + 1] = {lane, id, before + 1, fields}
  left = left - bytes
  may_exceed = false
  passed[lane] = 0
  for i = lane + 1, lanes do
    passed[i] = head(i) and passed[i] + 1 or 0
  end
end
local kept = {} -- of what is this process's own, and has no room yet
for lane, q in pairs(queues) do
  for i = q.at, #q do
    if q[i][3] then
      kept[#kept + 1] = {lane, q[i][1], q[i][2]}
    end
  end
  if q.read > 0 then -- those that were looked at, in the same order
    redis.call('XREADGROUP', 'GROUP', group, me, 'COUNT', q.read, 'STREAMS', KEYS[3 + lane], '>')
  end
end

local next_due = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
return {time, next_due and math.max(0, tonumber(next_due) - time) or -1, moved + #refused + put_aside, passed, taken, refused, kept}
