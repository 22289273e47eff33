-- Adds a message if there is room. KEYS: delayed, key, outcome, lane, lanes...
-- ARGV: capacity, how many were skipped, lane, delay in ms, time in ms that the key is known if it may be repeated, else 0, work,
-- what is told of it until it is done, that time in ms, fields...
local delayed, known, outcome, stream = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local capacity, skipped, lane = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local delay, dedup, work = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]

if dedup > 0 then
  local before = redis.call('GET', known)
  if before then
    return before == work and 'same' or 'other'
  end
end
if capacity > 0 then
  local count = redis.call('ZCARD', delayed) - skipped
  for i = 5, #KEYS do
    count = count + redis.call('XLEN', KEYS[i])
  end
  if count >= capacity then
    return 'full'
  end
end
if delay > 0 then
  local time = redis.call('TIME')
  local member = {lane, time[1] .. '-' .. time[2]}
  for i = 9, #ARGV do
    member[#member + 1] = ARGV[i]
  end
  local due = now() + delay
  while redis.call('ZADD', delayed, 'NX', string.format('%.0f', due), cmsgpack.pack(member)) == 0 do
    member[2] = member[2] .. '+' -- one of the same moment
  end
else
  redis.call('XADD', stream, '*', unpack(ARGV, 9))
end
if dedup > 0 then
  redis.call('SET', known, work, 'PX', dedup)
end
redis.call('SET', outcome, ARGV[7], 'PX', ARGV[8])
return 'new'
