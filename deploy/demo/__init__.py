"""Plays programmes on an embedded platform and holds their printed figures against what comes out of the events."""
