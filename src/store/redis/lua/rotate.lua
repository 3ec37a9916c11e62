-- ARGV: id, operation, presented, lifetime, issued, grace, whether reuse ends the session, what becomes of the data (0 they stay,
-- 1 removed, 2 replaced), data. Restates `decide_rotation`, to which the conformance suite compares it.
local id, operation, presented, grace = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[6])
local GONE, NEXT, REPEAT, SUPERSEDED, REUSED, NEWER = { 0 }, 1, 2, { 3 }, { 4 }, { 5 }
if answered(operation) == 'R' then return REUSED end
local it = live(id)
if not it then return GONE end
-- Generation 0 was made by no operation.
if it.generation > 0 and it.operation == operation then return { NEXT, it.generation } end
if presented > it.generation then return NEWER end
if presented == it.generation then
  if it.generation == 4294967295 then return SUPERSEDED end
  it.generation = it.generation + 1
  it.operation, it.rotated, it.issued = operation, now, ARGV[5]
  it.expires = now + tonumber(ARGV[4])
  if it.last > 0 then it.expires = math.min(it.expires, it.last) end
  told = now
  redis.call('HSET', sessions_key, id, write(it), 'u', pack_user())
  keep(sessions_key, it.expires)
  if ARGV[8] == '1' then redis.call('HDEL', cold_key, id .. 'd') end
  if ARGV[8] == '2' then redis.call('HSET', cold_key, id .. 'd', ARGV[9]) end
  keep(cold_key, it.expires)
  return { NEXT, it.generation }
end
-- Counted from the rotation, so that repeating does not move the window.
if presented + 1 == it.generation and grace > 0 and now <= it.rotated + grace then
  return { REPEAT, it.generation, it.issued, redis.call('HGET', cold_key, id .. 'd') }
end
if ARGV[7] == '0' then return SUPERSEDED end
remember(operation, 'R')
end_session(id, it.created)
forget_old_answers()
return REUSED
