-- ARGV: the limit that refuses, or -1.
local max, active = tonumber(ARGV[1]), -1
if max >= 0 then
  local count = #all_sessions()
  if count >= max then active = count end
end
if told < present then
  -- Written down, so that a revocation is above it even if the server's clock is set back in between.
  told = present
  redis.call('HSET', sessions_key, 'u', pack_user())
  keep(sessions_key, wall + REMEMBERED)
end
return { told, active, incarnation }
