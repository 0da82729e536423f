"""Rows of inscriptions: how state is locked, read and written. No rule lives here."""
