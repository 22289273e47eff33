-- Lists what this process has of a lane. KEYS: lane. ARGV: group, me, after which id: - for all.
local own = {}
for _, each in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], '+', 500, ARGV[2])) do
  own[#own + 1] = each[1]
  own[#own + 1] = each[4]
end
return own
