-- Adds the message of a tick once it is due, unless there was one for it or too many before it are not done.
-- KEYS: delayed, key, outcome, lane, ticks, lanes...
-- ARGV: capacity, how many were skipped, lane, delay in ms, time in ms that the key is known, when it is due by the server's
-- clock, how many may be open, what is told of it until it is done, that time in ms, what the names of outcomes begin with, its
-- key, fields...
local delayed, known, outcome, stream, ticks = unpack(KEYS, 1, 5)
local capacity, lane, delay, open = tonumber(ARGV[1]), ARGV[3], tonumber(ARGV[4]), 0

if now() < tonumber(ARGV[6]) then
  return 'early'
end
if redis.call('EXISTS', known) == 1 then
  return 'known'
end
for _, key in ipairs(redis.call('LRANGE', ticks, 0, 1)) do
  if redis.call('GET', ARGV[10] .. key) == ARGV[8] then
    open = open + 1
  end
end
local answer = 'new'
if open > tonumber(ARGV[7]) then
  answer = 'busy'
elseif capacity > 0 and count_of(delayed, KEYS, 6, #KEYS, ARGV[2]) >= capacity then
  answer = 'full'
else
  add(delayed, stream, lane, delay, ARGV, 12, #ARGV)
  redis.call('SET', outcome, ARGV[8], 'PX', ARGV[9])
  redis.call('LPUSH', ticks, ARGV[11])
  redis.call('LTRIM', ticks, 0, 1)
  redis.call('PEXPIRE', ticks, ARGV[9])
end
redis.call('SET', known, answer, 'PX', ARGV[5]) -- nobody else is to find room for it later
return answer
