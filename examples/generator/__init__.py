"""Turns a programme described as data into what the systems of its partners would send. Standard library only.

A seed decides everything that is drawn; the numbers asked for hold for any seed, by the way the world is built.
"""
