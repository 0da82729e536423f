"""Counts the same messages again, from the written definitions (R1 to R15) alone, to check the platform's figures.

Standard library only. Shares no line with the platform nor with the generator, and is slow where that is plainer.
"""
