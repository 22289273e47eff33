-- Adds a message if there is room. KEYS: delayed, key, outcome, lane, forgotten, lanes...
-- ARGV: capacity, how many were skipped, lane, delay in ms, time in ms that the key is known if it may be repeated, else 0, work,
-- what is told of it until it is done, that time in ms: 0 for not at all, for how many ms it is kept if it is a result, else 0,
-- fields...
local delayed, known, outcome, stream, forgotten = unpack(KEYS, 1, 5)
local capacity, lane, delay = tonumber(ARGV[1]), ARGV[3], tonumber(ARGV[4])
local dedup, work, kept = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[9])

if dedup > 0 then
  local before = redis.call('GET', known)
  if before then
    return before == work and 'same' or 'other'
  end
end
-- Who has a group there wants them all; else the oldest give way.
local gives_way = kept > 0 and (redis.call('EXISTS', stream) == 0 or #redis.call('XINFO', 'GROUPS', stream) == 0)
if capacity > 0 and not gives_way and count_of(delayed, KEYS, 6, ARGV[2]) >= capacity then
  return 'full'
end
add(delayed, stream, lane, delay, ARGV, 10)
if gives_way then
  trim(stream, capacity, kept, forgotten)
end
if dedup > 0 then
  redis.call('SET', known, work, 'PX', dedup)
end
if ARGV[8] ~= '0' then
  redis.call('SET', outcome, ARGV[7], 'PX', ARGV[8])
end
return 'new'
