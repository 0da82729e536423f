"""Versions of the projection beside one another: their tables, their filling, their comparison and the switch."""
