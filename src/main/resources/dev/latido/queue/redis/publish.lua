-- Adds messages as long as there is room, and says of each what became of it. No two have the same key.
-- KEYS: delayed, forgotten, lanes..., and of each message: key, outcome.
-- ARGV: how many lanes there are, capacity, how many were skipped, what is told of a message until it is done, that time in ms: 0
-- for not at all, for how many ms it is kept if it is a result, else 0, and of each message: the number of its lane, the lane's
-- name, delay in ms, time in ms that the key is known if it may be repeated, else 0, work, how many fields it has, fields...
local delayed, forgotten = KEYS[1], KEYS[2]
local lanes, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local told_millis, kept = tonumber(ARGV[5]), tonumber(ARGV[6])

local answers, starts, gives_way = {}, {}, {}
local at = 7
while at <= #ARGV do
  local n = #answers + 1
  local before = ARGV[at + 3] ~= '0' and redis.call('GET', KEYS[lanes + 2 * n + 1])
  answers[n] = not before and 'new' or before == ARGV[at + 4] and 'same' or 'other'
  starts[n] = at
  at = at + 6 + ARGV[at + 5]
end
if kept > 0 then -- Who has a group there wants them all; else the oldest give way.
  for lane = 1, lanes do
    local stream = KEYS[2 + lane]
    gives_way[lane] = redis.call('EXISTS', stream) == 0 or #redis.call('XINFO', 'GROUPS', stream) == 0
  end
end
local count = capacity > 0 and count_of(delayed, KEYS, 3, 2 + lanes, ARGV[3]) or 0

for n, start in ipairs(starts) do
  local lane = tonumber(ARGV[start])
  local known, outcome = KEYS[lanes + 2 * n + 1], KEYS[lanes + 2 * n + 2]
  if answers[n] == 'new' and capacity > 0 and count >= capacity and not gives_way[lane] then
    answers[n] = 'full'
  elseif answers[n] == 'new' then
    local stream = KEYS[2 + lane]
    add(delayed, stream, ARGV[start + 1], tonumber(ARGV[start + 2]), ARGV, start + 6, start + 5 + ARGV[start + 5])
    count = count + 1
    if gives_way[lane] then
      trim(stream, capacity, kept, forgotten)
    end
    if ARGV[start + 3] ~= '0' then
      redis.call('SET', known, ARGV[start + 4], 'PX', ARGV[start + 3])
    end
    if told_millis > 0 then
      redis.call('SET', outcome, ARGV[4], 'PX', told_millis)
    end
  end
end
return answers
