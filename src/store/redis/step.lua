-- One change in one step. What is compared comes first; then whether each key holds the kind of thing that the commands
-- need; then the commands, none of which can fail any more, but for the first of them that do no harm where they stand alone.
-- Before the first of them nothing has been written. It answers -1 where something is not as it was read, or else how many
-- keys its DEL took away.
-- KEYS: what is compared, the sets that must have room, then each command's. ARGV: count, a flag and the value each; count,
-- fewer than how many and who leaves each; count, key and how its things are counted each; then each command as its name,
-- the count of its keys, the count of its other arguments, and those.
local at, key = 2, tonumber(ARGV[1])
if key > 0 then
  local found = redis.call('MGET', unpack(KEYS, 1, key))
  for i = 1, key do
    local now = found[i]
    if ARGV[at] == '0' then
      if now then return -1 end
      at = at + 1
    else
      if now ~= ARGV[at + 1] then return -1 end
      at = at + 2
    end
  end
end
local rooms = tonumber(ARGV[at])
at = at + 1
for _ = 1, rooms do
  key = key + 1
  local most, leaving = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local kind = redis.call('TYPE', KEYS[key]).ok
  if kind ~= 'none' and kind ~= 'zset' then
    return redis.error_reply('WRONGTYPE another kind of value stands at a key')
  end
  local held = redis.call('ZCARD', KEYS[key])
  for member = at + 2, at + 1 + leaving do
    if redis.call('ZSCORE', KEYS[key], ARGV[member]) then held = held - 1 end
  end
  if held >= most then return -1 end
  at = at + 2 + leaving
end
local checks = tonumber(ARGV[at])
at = at + 1
for _ = 1, checks do
  -- Counting fails where another kind stands, and is cheaper than asking for the kind.
  redis.call(ARGV[at + 1], KEYS[tonumber(ARGV[at])])
  at = at + 2
end
local gone, last = 0, #ARGV
while at <= last do
  local keys, rest = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local first = at + 3
  local answer
  if keys == 1 then
    answer = redis.pcall(ARGV[at], KEYS[key + 1], unpack(ARGV, first, first + rest - 1))
  else
    answer = redis.pcall(ARGV[at], unpack(KEYS, key + 1, key + keys))
  end
  if type(answer) == 'table' and answer.err then return answer end
  if ARGV[at] == 'DEL' then gone = gone + answer end
  key, at = key + keys, first + rest
end
return gone
