-- Counts. KEYS: delayed, dead, skipped, newer, lanes, and those that the queue does not have any more. ARGV: group, how many lanes.
-- Returns delayed, dead, of newer versions, of each lane all, and how many are leased; then what the other lanes have, and the
-- names of those who hold something, each followed by how much.
local skipped, newer, lanes = KEYS[3], KEYS[4], tonumber(ARGV[2])
local counts = {redis.call('ZCARD', KEYS[1]), redis.call('XLEN', KEYS[2]), redis.call('ZCARD', newer)}
local names, held_by = {}, {}
for i = 5, 4 + lanes do
  local leased = 0
  for _, each in ipairs(redis.call('XPENDING', KEYS[i], ARGV[1])[4] or {}) do
    local name, held = each[1], tonumber(each[2])
    if name ~= FREE then
      leased = leased + held
      if held_by[name] then
        held_by[name] = held_by[name] + held
      elseif #names < 100 then
        names[#names + 1] = name
        held_by[name] = held
      end
    end
  end
  counts[#counts + 1] = redis.call('XLEN', KEYS[i])
  counts[#counts + 1] = leased
end
for i = 5 + lanes, #KEYS do
  local left = 0
  if redis.call('TYPE', KEYS[i]).ok == 'stream' then
    left = math.max(0, redis.call('XLEN', KEYS[i]) - (redis.call('HGET', skipped, KEYS[i]) or 0))
  end
  counts[#counts + 1] = left
end
local holders = {}
for _, name in ipairs(names) do
  holders[#holders + 1] = name
  holders[#holders + 1] = held_by[name]
end
counts[#counts + 1] = holders
return counts
