-- ARGV: id, operation.
if answered(ARGV[2]) == 'E' then return 1 end
local it = live(ARGV[1])
if not it then return 0 end
remember(ARGV[2], 'E')
end_session(ARGV[1], it.created)
forget_old_answers()
return 1
