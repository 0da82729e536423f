"""The proof's own programs: generator, recount, sender."""
