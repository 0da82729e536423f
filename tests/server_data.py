"""Where the servers of the tests keep their data: in memory where there is plenty of it, else on disk.

Each test has a database of its own, of four hundred files: on disk, to make them costs more than what it then asks.
What a server had written when it was killed is there in memory as on disk; only a machine without power forgets it.
"""

import os
from contextlib import AbstractContextManager
from pathlib import Path

import psutil

from deploy.local import folders

_MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in there has a name that nobody can guess, and closed modes
# For two workers: their databases, the logs of changes, Kafka's topics. In a whole run 1.2 GiB were seen.
_PLENTY = 4 * 2**30


def temporary() -> AbstractContextManager[Path]:
    """Make a fresh data folder and remove it in the end."""
    return folders.temporary(_MEMORY if _serves(_MEMORY) else None)


def _serves(folder: Path) -> bool:
    """A container's own is small, as a rule, and runs no programs: PostgreSQL's and Kafka's may be copied there."""
    if not folder.is_dir():
        return False
    status = os.statvfs(folder)
    room = min(status.f_bavail * status.f_frsize, psutil.virtual_memory().available)
    return room > _PLENTY and not status.f_flag & os.ST_NOEXEC
