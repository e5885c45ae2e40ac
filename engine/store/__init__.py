"""Where sessions live: one port, four stores. Only server.compose names a concrete one."""
