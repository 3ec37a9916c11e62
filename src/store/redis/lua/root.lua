-- KEYS: the root. ARGV: the version of the keys, a fresh incarnation. Begins a store where there is none.
local clock = redis.call('TIME')
local wall = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('HSETNX', KEYS[1], 'version', ARGV[1])
redis.call('HSETNX', KEYS[1], 'epoch', wall)
redis.call('HSETNX', KEYS[1], 'incarnation', ARGV[2])
local root = redis.call('HMGET', KEYS[1], 'version', 'epoch', 'incarnation', 'ready')
return { root[1], tonumber(root[2]), root[3], root[4] and 1 or 0, wall }
