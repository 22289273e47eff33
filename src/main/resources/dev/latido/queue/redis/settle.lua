-- Ends a lease. KEYS: lane, delayed, dead, outcome, bell. ARGV: group, me, id, deliveries, how, lane, key, then
-- ack: outcome, its ms. dead: outcome, its ms, reason, error, most dead letters, their age in ms.
-- later: pause in ms, attempts, error. release: lease in ms.
local stream, delayed, dead, outcome, bell = unpack(KEYS)
local group, me, id, count, how, lane, key = unpack(ARGV)

if not held(stream, group, me, id, count) then
  return first(stream, id) and 'lost' or 'gone'
end
if how == 'ack' then -- the shortest way, because most messages go it
  redis.call('XACK', stream, group, id) -- a write that takes no memory
  redis.call('XDEL', stream, id)
  if ARGV[8] ~= '' then
    redis.call('SET', outcome, ARGV[8], 'PX', ARGV[9])
  end
  return 'done'
end
local entry = first(stream, id)
redis.call('XCLAIM', stream, group, me, 0, id, 'JUSTID') -- the same
if how == 'release' then
  -- The number of deliveries stays: who takes it again has another lease, which this call, if it comes again, must not end.
  redis.call('XCLAIM', stream, group, FREE, 0, id, 'IDLE', ARGV[8], 'RETRYCOUNT', count, 'JUSTID')
  redis.call('SET', bell, id, 'PX', 1000)
  return 'done'
end
if how == 'later' and entry then
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
  for _, each in ipairs({'latido-key', key, 'latido-attempts', ARGV[9], 'latido-error', ARGV[10]}) do
    member[#member + 1] = each
  end
  redis.call('ZADD', delayed, string.format('%.0f', now() + ARGV[8]), cmsgpack.pack(member))
elseif how == 'dead' and entry then
  bury(dead, lane, id, entry[2], ARGV[10], ARGV[11], key, tonumber(ARGV[12]), tonumber(ARGV[13]))
end
if how ~= 'later' and ARGV[8] ~= '' then
  redis.call('SET', outcome, ARGV[8], 'PX', ARGV[9])
end
redis.call('XACK', stream, group, id)
redis.call('XDEL', stream, id)
return 'done'
