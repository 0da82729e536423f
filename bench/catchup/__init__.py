"""Our engine and a peer catch up with the same year, in turn, on one platform."""
