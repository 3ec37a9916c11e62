-- KEYS: the shard's denylist. ARGV: token id, operation, keep, margin. A field is a token id, its value until when it is denied and by
-- which operation first.
local clock = redis.call('TIME')
local wall = clock[1] * 1000 + math.floor(clock[2] / 1000)
local key, first, margin = KEYS[1], ARGV[2], tonumber(ARGV[4])
local till = wall + tonumber(ARGV[3])
local earlier = redis.call('HGET', key, ARGV[1])
if earlier then
  local was
  was, first = struct.unpack('>I6c8', earlier)
  till = math.max(till, was)
end
redis.call('HSET', key, ARGV[1], struct.pack('>I6c8', till, first))
if redis.call('PTTL', key) < till + margin - wall then redis.call('PEXPIREAT', key, till + margin) end
-- As in user.lua: some are looked at, and what is over is removed.
if wall % 8 == 0 then
  local page = redis.call('HSCAN', key, redis.call('HGET', key, '') or '0', 'COUNT', 64)
  for i = 1, #page[2], 2 do
    if page[2][i] ~= '' and struct.unpack('>I6', page[2][i + 1]) + margin <= wall then
      redis.call('HDEL', key, page[2][i])
    end
  end
  if page[1] == '0' then redis.call('HDEL', key, '') else redis.call('HSET', key, '', page[1]) end
end
return first == ARGV[2] and 1 or 0
