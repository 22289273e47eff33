-- What the scripts share; it stands before each of them.
--
-- Scripts write once everything was looked at that can refuse a command. What has to work without free memory too makes a
-- write first that takes none: Redis then lets the rest pass.

local FREE = '<free>'

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Whether this lease is the process's still. The number of deliveries tells it from a later one of the same name.
local function held(stream, group, me, id, count)
  local pending = redis.call('XPENDING', stream, group, id, id, 1, me)[1]
  return pending ~= nil and pending[4] == tonumber(count)
end

local function first(stream, id)
  return redis.call('XRANGE', stream, id, id)[1]
end

-- Which field of an entry is its payload, and whether it is a CloudEvent in binary mode, whose payload may be missing.
local function payload_field(fields)
  local has_payload, has_data, is_event = false, false, false
  for i = 1, #fields, 2 do
    local name = fields[i]
    has_payload = has_payload or name == 'payload'
    has_data = has_data or name == 'data'
    is_event = is_event or name == 'ce-id' or name == 'ce_id'
  end
  return has_payload and 'payload' or is_event and has_data and 'data' or nil, is_event
end

-- What this queue has under another name than that of its delayed messages.
local function beside(delayed, what)
  return string.sub(delayed, 1, -1 - #'delayed') .. what
end

-- Has the oldest entries of a stream give way that are too many or too old, up to 200 at once, and counts them.
local function trim(stream, max, millis, forgotten)
  local lost = 0
  local over = redis.call('XLEN', stream) - max
  if over > 0 then
    lost = redis.call('XTRIM', stream, 'MAXLEN', max + math.max(0, over - 100))
  end
  lost = lost + redis.call('XTRIM', stream, 'MINID', '~', string.format('%.0f', now() - millis), 'LIMIT', 100)
  if lost > 0 then
    redis.call('INCRBY', forgotten, lost)
  end
end

-- Returns what can be the id of an entry.
local function id_of(text)
  return text and #text <= 41 and string.find(text, '^%d+%-%d+$') and text
end

-- What a dead letter says of itself, whatever the entry said.
local SAID = {['latido-error'] = 1, ['latido-key'] = 1, ['latido-reason'] = 1, ['latido-lane'] = 1, ['latido-id'] = 1}

-- Adds a dead letter. Others have to give way to it, and are counted, when there are too many or they are too old.
local function bury(dead, lane, id, fields, reason, detail, key, max, millis)
  local letter = {}
  for i = 1, #fields, 2 do
    id = fields[i] == 'latido-id' and id_of(fields[i + 1]) or id -- it had another entry before
    if not SAID[fields[i]] then
      letter[#letter + 1] = fields[i]
      letter[#letter + 1] = fields[i + 1]
    end
  end
  for _, each in ipairs({'latido-reason', reason, 'latido-error', detail, 'latido-lane', lane, 'latido-id', id}) do
    letter[#letter + 1] = each
  end
  if key ~= '' then
    letter[#letter + 1] = 'latido-key'
    letter[#letter + 1] = key
  end
  redis.call('XADD', dead, '*', unpack(letter))
  trim(dead, max, millis, dead .. ':forgotten')
end

-- How many messages there are: ready, leased, delayed and of newer versions, but those that are no work.
local function count_of(delayed, keys, first_lane, last_lane, skipped)
  local count = redis.call('ZCARD', delayed) + redis.call('ZCARD', beside(delayed, 'newer')) - skipped
  for i = first_lane, last_lane do
    count = count + redis.call('XLEN', keys[i])
  end
  return count
end

-- Adds a message, whose fields are those of argv from one index to another, at once or after a delay in ms.
local function add(delayed, stream, lane, delay, argv, from, to)
  if delay <= 0 then
    redis.call('XADD', stream, '*', unpack(argv, from, to))
    return
  end
  local time = redis.call('TIME')
  local member = {lane, time[1] .. '-' .. time[2]}
  for i = from, to do
    member[#member + 1] = argv[i]
  end
  local due = now() + delay
  while redis.call('ZADD', delayed, 'NX', string.format('%.0f', due), cmsgpack.pack(member)) == 0 do
    member[2] = member[2] .. '+' -- one of the same moment
  end
end
