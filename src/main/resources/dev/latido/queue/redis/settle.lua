-- Ends leases, and says of each what became of it. KEYS: delayed, dead, bell, lanes..., and of each lease: outcome.
-- ARGV: how many lanes there are, group, me, lease in ms, time in ms that an outcome is told, most dead letters, their age in ms,
-- and of each lease: the number of its lane, the lane's name, id, deliveries, how, key, and three that are empty where there is
-- nothing to say: for ack outcome, for dead outcome, reason, error, for later pause in ms, attempts, error.
local delayed, dead, bell = KEYS[1], KEYS[2], KEYS[3]
local lanes, group, me, lease, told_millis = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local max_dead, dead_millis = tonumber(ARGV[6]), tonumber(ARGV[7])

local function ack(stream, id, outcome, text)
  redis.call('XACK', stream, group, id) -- a write that takes no memory
  redis.call('XDEL', stream, id)
  if text ~= '' then
    redis.call('SET', outcome, text, 'PX', told_millis)
  end
end

local function release(stream, id, count)
  redis.call('XCLAIM', stream, group, me, 0, id, 'JUSTID') -- the same
  -- The number of deliveries stays: who takes it again has another lease, which this call, if it comes again, must not end.
  redis.call('XCLAIM', stream, group, FREE, 0, id, 'IDLE', lease, 'RETRYCOUNT', count, 'JUSTID')
  redis.call('SET', bell, id, 'PX', 1000)
end

local function move(stream, lane, id, key, pause, attempts, error)
  redis.call('XCLAIM', stream, group, me, 0, id, 'JUSTID') -- the same
  local entry = first(stream, id)
  if entry then
    local time = redis.call('TIME')
    local member = {lane, id .. '/' .. time[1] .. '-' .. time[2]}
    local fields = entry[2]
    for i = 1, #fields, 2 do
      local name = fields[i]
      if name ~= 'latido-attempts' and name ~= 'latido-error' and name ~= 'latido-key' then
        member[#member + 1] = name
        member[#member + 1] = fields[i + 1]
      end
    end
    for _, each in ipairs({'latido-key', key, 'latido-attempts', attempts, 'latido-error', error}) do
      member[#member + 1] = each
    end
    redis.call('ZADD', delayed, string.format('%.0f', now() + pause), cmsgpack.pack(member))
  end
  ack(stream, id, '', '')
end

local function give_up(stream, lane, id, key, outcome, text, reason, error)
  redis.call('XCLAIM', stream, group, me, 0, id, 'JUSTID') -- the same
  local entry = first(stream, id)
  if entry then
    bury(dead, lane, id, entry[2], reason, error, key, max_dead, dead_millis)
  end
  ack(stream, id, outcome, text)
end

local answers = {}
for at = 8, #ARGV, 9 do
  local stream, id = KEYS[3 + ARGV[at]], ARGV[at + 2]
  if held(stream, group, me, id, ARGV[at + 3]) then
    answers[#answers + 1] = 'done'
  else
    answers[#answers + 1] = first(stream, id) and 'lost' or 'gone'
  end
end
for n, answer in ipairs(answers) do
  if answer == 'done' then
    local lane, name, id, count, how, key, a, b, c = unpack(ARGV, 9 * n - 1, 9 * n + 7)
    local stream, outcome = KEYS[3 + lane], KEYS[3 + lanes + n]
    if how == 'ack' then
      ack(stream, id, outcome, a)
    elseif how == 'release' then
      release(stream, id, count)
    elseif how == 'later' then
      move(stream, name, id, key, a, b, c)
    else
      give_up(stream, name, id, key, outcome, a, b, c)
    end
  end
end
return answers
