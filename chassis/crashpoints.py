"""Named instants at which tests kill or freeze the process. Out of the local profile they do nothing.

`CORDEES_CRASH_AT=relay.before_send:3` kills the process when the point is reached for the third time;
`CORDEES_FREEZE_AT=…` stops it there (SIGSTOP), as a long pause of the machine would, until somebody sends SIGCONT.
"""

import os
import signal
from collections import Counter
from typing import Literal

Point = Literal[
    "relay.before_send",
    "relay.before_kafka_commit",
    "relay.between_send_and_delete",
    "relay.before_delete_commit",
    "relay.after_delete",
    "inbox.before_commit",
    "inbox.after_commit",
    "projection.before_commit",
    "projection.after_commit",
    "finishing.before_commit",
    "finishing.after_commit",
    "gathering.before_commit",
    "gathering.after_commit",
]

_reached: Counter[str] = Counter()
_armed: dict[str, signal.Signals] = {}


def arm(profile: str) -> None:
    """Read the environment once, at start, and only in the local profile."""
    if profile != "local":
        return
    for variable, sent in (("CORDEES_CRASH_AT", signal.SIGKILL), ("CORDEES_FREEZE_AT", signal.SIGSTOP)):
        if place := os.environ.get(variable):
            _armed[place if ":" in place else f"{place}:1"] = sent


def reach(point: Point) -> None:
    """Pass the point; an armed one does not return, or returns only after SIGCONT."""
    if not _armed:
        return
    _reached[point] += 1
    if sent := _armed.get(f"{point}:{_reached[point]}"):
        os.kill(os.getpid(), sent)
