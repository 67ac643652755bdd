"""Publishers' servers in small, on this machine: shapes of our own making, with the limits the real ones have."""
