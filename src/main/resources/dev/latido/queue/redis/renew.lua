-- Renews leases of a lane, and returns which of them are over. KEYS: lane. ARGV: group, me, then id, deliveries...
local lost = {}
for i = 3, #ARGV, 2 do
  if held(KEYS[1], ARGV[1], ARGV[2], ARGV[i], ARGV[i + 1]) then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
  else
    lost[#lost + 1] = {(i - 1) / 2}
  end
end
return lost
