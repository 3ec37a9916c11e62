-- KEYS[5]: the shard's list of floors. ARGV: operation, user, keep, margin.
local answer = answered(ARGV[1])
if answer and string.sub(answer, 1, 1) == 'V' then return (struct.unpack('>I4', string.sub(answer, 2))) end
local floors_key, margin = KEYS[5], tonumber(ARGV[4])
local ended = #all_sessions()
-- Above both floors and all that `begin` told.
floor = present
told = math.max(told, floor)
till = math.max(till, now + tonumber(ARGV[3]))
remember(ARGV[1], 'V' .. struct.pack('>I4', ended))
redis.call('HSET', floors_key, ARGV[2], struct.pack('>I6I6', floor, till))
keep(floors_key, till + margin)
redis.call('DEL', sessions_key, cold_key)
redis.call('HSET', sessions_key, 'u', pack_user())
keep(sessions_key, math.max(till + margin, wall + REMEMBERED))
forget_old_answers()
sweep(floors_key,
  function(_, value)
    local _, over = struct.unpack('>I6I6', value)
    return over + margin <= wall
  end,
  function(field) redis.call('HDEL', floors_key, field) end)
return ended
