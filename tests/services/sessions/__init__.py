"""The sessions service: its rules alone, then on real PostgreSQL."""
