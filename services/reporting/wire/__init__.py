"""The hot path of reading: what our own services write every day, decoded in a quarter of the models' time.

The models of `contracts` stay the rule. Here is only what says the same in fewer steps, and whatever is not plainly
regular is left to them: so a refusal, its reason and its field are always theirs.
"""

from services.reporting.wire.regular import read_regular

__all__ = ["read_regular"]
