-- Counts. KEYS: delayed, dead, lanes... ARGV: group. Returns delayed, dead, of each lane all, and how many are leased; then the
-- names of those who hold something, each followed by how much.
local counts = {redis.call('ZCARD', KEYS[1]), redis.call('XLEN', KEYS[2])}
local names, held_by = {}, {}
for i = 3, #KEYS do
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
local holders = {}
for _, name in ipairs(names) do
  holders[#holders + 1] = name
  holders[#holders + 1] = held_by[name]
end
counts[#counts + 1] = holders
return counts
