"""Millions of records wait, and one process of the engine works through them: what memory it takes meanwhile."""
