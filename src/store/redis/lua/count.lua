return (#all_sessions())
