-- Counts. KEYS: delayed, dead, lanes... ARGV: group. Returns delayed, dead, and of each lane all, and how many are leased.
local counts = {redis.call('ZCARD', KEYS[1]), redis.call('XLEN', KEYS[2])}
for i = 3, #KEYS do
  local leased = 0
  for _, each in ipairs(redis.call('XPENDING', KEYS[i], ARGV[1])[4] or {}) do
    if each[1] ~= FREE then
      leased = leased + tonumber(each[2])
    end
  end
  counts[#counts + 1] = redis.call('XLEN', KEYS[i])
  counts[#counts + 1] = leased
end
return counts
