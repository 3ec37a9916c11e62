local list = {}
for i, it in ipairs((all_sessions())) do
  list[i] = { it.id, write(it), redis.call('HGET', cold_key, it.id .. 'm') or '' }
end
return list
