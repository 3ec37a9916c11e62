-- ARGV: id, begun, limit or -1, whether to evict, lifetime, absolute or -1, kind, seed, issued, metadata, whether there are data, data.
local id, begun, max = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

-- Asked again: the first answer.
local earlier = redis.call('HGET', sessions_key, id)
if earlier then return { 1, read(earlier).created, redis.call('HGET', cold_key, id .. 'e') or '' } end
local ended = answered(id)
if ended then
  local created = struct.unpack('>I6', ended)
  return { 1, created, string.sub(ended, 7) }
end

if begun <= floor or begun <= floor_of_all then return { 0 } end
local evicted, dead = {}, {}
if max >= 0 then
  local found
  found, dead = all_sessions()
  local surplus = #found + 1 - max
  if surplus > 0 and ARGV[4] == '0' then return { 2, #found } end
  for i = 1, surplus do evicted[i] = found[i] end
end

-- When the login began: see the notes on the floor of all in Rust.
local it = { created = math.min(begun, present), kind = tonumber(ARGV[7]), generation = 0, last = 0 }
it.expires = it.created + tonumber(ARGV[5])
local absolute = tonumber(ARGV[6])
if absolute >= 0 then
  it.last = it.created + absolute
  it.expires = math.min(it.expires, it.last)
end
number = (number + 1) % 16777216
told = math.max(now, it.created)
it.rotated, it.issued, it.seed, it.operation, it.number = it.created, ARGV[9], ARGV[8], string.rep('\0', 8), number
-- First what a full server refuses.
redis.call('HSET', sessions_key, id, write(it), 'u', pack_user())
keep(sessions_key, math.max(it.expires, wall + REMEMBERED))

local names = {}
for i, other in ipairs(evicted) do
  names[i] = other.id
  end_session(other.id, other.created)
end
for _, other in ipairs(dead) do drop(other) end
if max < 0 then
  sweep(sessions_key,
    function(field, value) return #field == 16 and not is_live(read(value)) end,
    drop)
end
local made_room = table.concat(names)
local cold = {}
local function add(name, value)
  cold[#cold + 1] = id .. name
  cold[#cold + 1] = value
end
if ARGV[10] ~= '' then add('m', ARGV[10]) end
if ARGV[11] == '1' then add('d', ARGV[12]) end
if made_room ~= '' then add('e', made_room) end
if #cold > 0 then
  redis.call('HSET', cold_key, unpack(cold))
  keep(cold_key, it.expires)
end
return { 1, it.created, made_room }
