-- Moves dead letters back, in a new round. KEYS: base, delayed, dead, lanes... ARGV: capacity, how many were skipped, what is
-- told of them until they are done, that time in ms, ids...

-- Returns what can be a key: 1 to 255 characters, as Java counts them.
local function usable(text)
  local _, begun = string.gsub(text or '', '[^\128-\191]', '')
  local _, long = string.gsub(text or '', '[\240-\247]', '')
  return begun > 0 and begun + long <= 255 and text
end

local base, delayed, dead = KEYS[1], KEYS[2], KEYS[3]
local capacity = tonumber(ARGV[1])
local count = count_of(delayed, KEYS, 4, #KEYS, ARGV[2])
local replayed, is_full = 0, 0
for i = 5, #ARGV do
  local entry = first(dead, ARGV[i])
  if entry and capacity > 0 and count >= capacity then
    is_full = 1
    break
  elseif entry then
    local message, said = {}, {}
    for f = 1, #entry[2], 2 do
      local name, value = entry[2][f], entry[2][f + 1]
      said[name] = value
      if string.sub(name, 1, 7) ~= 'latido-' or name == 'latido-version' then
        message[#message + 1] = name
        message[#message + 1] = value
      end
    end
    local lane = said['latido-lane'] or 'normal'
    local field, is_event = payload_field(entry[2])
    local is_named = field or is_event
    local key = usable(said['latido-key'])
      or is_named and (usable(said['ce-id']) or usable(said['ce_id']) or usable(said['key']) or usable(said['message-id']))
      or (lane == 'normal' and '' or lane .. '/') .. (id_of(said['latido-id']) or entry[1])
    for _, each in ipairs({'latido-key', key, 'latido-round', tostring((tonumber(said['latido-round']) or 0) + 1)}) do
      message[#message + 1] = each
    end
    redis.call('XADD', lane == 'normal' and base or '{' .. base .. '}:' .. lane, '*', unpack(message))
    redis.call('XDEL', dead, ARGV[i])
    redis.call('SET', '{' .. base .. '}:outcome:' .. key, ARGV[3], 'PX', ARGV[4])
    count = count + 1
    replayed = replayed + 1
  end
end
return {replayed, is_full}
