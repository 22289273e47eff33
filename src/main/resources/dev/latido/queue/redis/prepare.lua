-- Makes what a queue needs. KEYS: delayed, dead, skipped, probe, lanes... ARGV: group, or nothing where nothing is taken,
-- existing: ask, take or skip.
local delayed, dead, skipped, probe = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, existing = ARGV[1], ARGV[2]

redis.call('DEL', probe) -- tells whether this server may be written to at all

local function is(key, kind)
  local found = redis.call('TYPE', key).ok
  return found == 'none' or found == kind, found
end

for i, key in ipairs(KEYS) do
  if i ~= 4 then
    local kind = i == 1 and 'zset' or i == 3 and 'hash' or 'stream'
    local fits, found = is(key, kind)
    if not fits then
      return {'wrong', key, found, kind}
    end
  end
end
local newer = beside(delayed, 'newer')
local fits, found = is(newer, 'zset')
if not fits then
  return {'wrong', newer, found, 'zset'}
end

local missing, waiting = {}, 0
for i = 5, group == '' and 4 or #KEYS do
  local has = false
  if redis.call('EXISTS', KEYS[i]) == 1 then
    for _, each in ipairs(redis.call('XINFO', 'GROUPS', KEYS[i])) do
      has = has or each[2] == group
    end
  end
  if not has then
    missing[#missing + 1] = KEYS[i]
    waiting = waiting + redis.call('XLEN', KEYS[i])
  end
end
if waiting > 0 and existing == 'ask' then
  return {'ask', tostring(waiting)}
end
for _, key in ipairs(missing) do
  local length = redis.call('XLEN', key)
  redis.call('XGROUP', 'CREATE', key, group, existing == 'skip' and '$' or '0', 'MKSTREAM')
  if existing == 'skip' and length > 0 then
    redis.call('HSET', skipped, key, length)
  else
    redis.call('HDEL', skipped, key)
  end
end
local passed = {'ready'}
for i = 5, #KEYS do
  passed[#passed + 1] = redis.call('HGET', skipped, KEYS[i]) or '0'
end
return passed
