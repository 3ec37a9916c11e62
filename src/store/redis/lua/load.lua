-- ARGV: id.
local it = live(ARGV[1])
if not it then return { 0 } end
return { 1, it.kind, it.seed, it.generation, it.last > 0 and it.last - now or -1,
  redis.call('HGET', cold_key, ARGV[1] .. 'd') }
