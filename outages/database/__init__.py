"""PostgreSQL, which may be away, hang, or hold a lock: nobody waits for it for ever."""
