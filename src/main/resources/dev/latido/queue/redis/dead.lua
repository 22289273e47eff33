-- Lists dead letters, with the beginnings of what is long. KEYS: dead. ARGV: after which id: - for all, how many, most bytes.
local most = tonumber(ARGV[3])
local letters = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])) do
  local fields, bytes, payload = {}, 0, payload_field(entry[2])
  for i = 1, math.min(#entry[2], 2048), 2 do
    local name, value = entry[2][i], entry[2][i + 1]
    if name == payload then
      bytes = bytes + #value
    end
    fields[#fields + 1] = string.sub(name, 1, most)
    fields[#fields + 1] = string.sub(value, 1, most)
  end
  letters[#letters + 1] = {entry[1], bytes, fields}
end
return {redis.call('XLEN', KEYS[1]), redis.call('GET', KEYS[1] .. ':forgotten') or '0', letters}
