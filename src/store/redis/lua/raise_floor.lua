-- KEYS: the shard. ARGV: the floor.
local shard = redis.call('GET', KEYS[1])
if not shard then return false end
local epoch, incarnation, floor = struct.unpack('>I6c8I6', shard)
if tonumber(ARGV[1]) > floor then
  floor = tonumber(ARGV[1])
  redis.call('SET', KEYS[1], struct.pack('>I6c8I6', epoch, incarnation, floor))
end
return floor
