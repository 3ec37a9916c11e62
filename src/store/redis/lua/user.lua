-- What every step on a user's sessions begins with. A step runs alone on the server, so it is atomic.
local shard_key, sessions_key, cold_key, answers_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

-- How long what was removed is remembered, for whoever asks again because a reply was lost: milliseconds.
local REMEMBERED = 90000
-- kind, generation, created, expires, absolute end or 0, rotated, issued, seed, operation, number: 64 octets.
local SESSION = '>BI4I6I6I6I6c16c8c8I3'
-- told, floor, until, number.
local USER = '>I6I6I6I3'

local clock = redis.call('TIME')
local wall = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- Not there: the data were lost. The client begins anew with a later epoch.
local shard = redis.call('GET', shard_key)
if not shard then return false end
local _, incarnation, floor_of_all = struct.unpack('>I6c8I6', shard)

-- `told` is the latest time that any step told of this user: time does not go back behind it, whatever the server's clock does.
local told, floor, till, number = 0, 0, 0, 0
local user = redis.call('HGET', sessions_key, 'u')
if user then told, floor, till, number = struct.unpack(USER, user) end
local now = math.max(wall, told)

local function just_after(time) return time > 0 and time + 1 or 0 end
-- The present, or the first millisecond above the floors if that is later.
local present = math.max(now, just_after(floor), just_after(floor_of_all))

local function pack_user() return struct.pack(USER, told, floor, till, number) end

-- A key lives at least until then. Its time is never made shorter.
local function keep(key, at)
  if redis.call('PTTL', key) < at - wall then redis.call('PEXPIREAT', key, at) end
end

local function read(record)
  local it = {}
  it.kind, it.generation, it.created, it.expires, it.last, it.rotated, it.issued, it.seed, it.operation, it.number =
    struct.unpack(SESSION, record)
  return it
end

local function write(it)
  return struct.pack(SESSION, it.kind, it.generation, it.created, it.expires, it.last, it.rotated, it.issued, it.seed,
    it.operation, it.number)
end

local function is_live(it)
  return it.expires > now and it.created > floor and it.created > floor_of_all
end

-- The live session of that id, or nil.
local function live(id)
  local record = redis.call('HGET', sessions_key, id)
  if not record then return nil end
  local it = read(record)
  if is_live(it) then return it end
  return nil
end

local function drop(id)
  redis.call('HDEL', sessions_key, id)
  redis.call('HDEL', cold_key, id .. 'm', id .. 'd', id .. 'e')
end

-- The live sessions, oldest first, each with its id; and the ids of the others.
local function all_sessions()
  local found, dead = {}, {}
  local flat = redis.call('HGETALL', sessions_key)
  for i = 1, #flat, 2 do
    if #flat[i] == 16 then
      local it = read(flat[i + 1])
      it.id = flat[i]
      if is_live(it) then found[#found + 1] = it else dead[#dead + 1] = it.id end
    end
  end
  table.sort(found, function(a, b)
    if a.created ~= b.created then return a.created < b.created end
    return a.number < b.number
  end)
  return found, dead
end

-- Looks at some fields of a hash and removes what is over; where it stopped is kept in the field without a name. One step in eight
-- does so: what is over is gone in the end, and no step waits for it for long.
local function sweep(key, is_over, remove)
  if wall % 8 ~= 0 then return end
  local page = redis.call('HSCAN', key, redis.call('HGET', key, '') or '0', 'COUNT', 64)
  for i = 1, #page[2], 2 do
    if page[2][i] ~= '' and is_over(page[2][i], page[2][i + 1]) then remove(page[2][i]) end
  end
  if page[1] == '0' then redis.call('HDEL', key, '') else redis.call('HSET', key, '', page[1]) end
end

local function remember(field, answer)
  local at = wall + REMEMBERED
  redis.call('HSET', answers_key, field, struct.pack('>I6', at) .. answer)
  keep(answers_key, at)
end

local function forget_old_answers()
  sweep(answers_key,
    function(_, value) return struct.unpack('>I6', value) <= wall end,
    function(field) redis.call('HDEL', answers_key, field) end)
end

-- What was answered to this, without its time; or nil.
local function answered(field)
  local answer = redis.call('HGET', answers_key, field)
  if answer then return string.sub(answer, 7) end
  return nil
end

-- Ends a session, and remembers that it was opened, so that nobody opens it again by repeating himself. The first write is one that
-- a full server refuses: then nothing is half done.
local function end_session(id, created)
  remember(id, struct.pack('>I6', created) .. (redis.call('HGET', cold_key, id .. 'e') or ''))
  drop(id)
end
