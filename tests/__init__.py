"""Mirrors the tree; `flows/` is for what crosses services."""
