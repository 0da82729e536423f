"""Where the data of an embedded platform lives, who may use it, and that only one does at a time."""

import fcntl
import os
import pwd
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import PlatformError

PROJECT = Path(__file__).resolve().parents[2]
_LEFTOVERS_LIMIT = 15.0


class DataFolderInUse(PlatformError):
    """Another start of the platform is using this data folder."""


class DataFolderClosed(PlatformError):
    """As root, PostgreSQL runs as an unprivileged user, who cannot reach this data folder."""


@dataclass(frozen=True)
class Identity:
    """A system user that a child process runs as."""

    name: str
    uid: int
    gid: int

    def can_traverse(self, folder: Path) -> bool:
        """Whether this user can enter the folder, through all of its parents."""
        return all(self._can_enter(part) for part in (folder.resolve(), *folder.resolve().parents))

    def _can_enter(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def is_root() -> bool:
    """Whether we run as root, which PostgreSQL refuses."""
    return os.geteuid() == 0


def unprivileged() -> Identity:
    """Name the user that stands in for root: `nobody`, who exists everywhere and owns nothing.

    A user of our own would be neater, but creating one changes the machine beyond the data folder.
    """
    entry = pwd.getpwnam("nobody")
    return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid)


def owner_of(folder: Path) -> Identity:
    """Name the user a folder belongs to."""
    entry = pwd.getpwuid(folder.stat().st_uid)
    return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid)


def default_data() -> Path:
    """`CORDEES_DATA`, else `.data` in the project; as root a place that `nobody` can reach (a clone may not be)."""
    if chosen := os.environ.get("CORDEES_DATA"):
        return Path(chosen).absolute()
    return Path("/var/lib/cordees") if is_root() else PROJECT / ".data"


def prepare(data: Path) -> Path:
    """Make the data folder if needed and check that it can serve. Never touches the mode of one that exists."""
    data = data.absolute()
    if not data.exists():
        data.parent.mkdir(parents=True, exist_ok=True)
        data.mkdir(mode=0o700)
        if is_root():
            # To pass through, not to list: secrets below are closed by their own modes.
            data.chmod(0o711)
    if is_root() and not unprivileged().can_traverse(data):
        message = f"{DataFolderClosed.__doc__} ({data}): choose another with --data, such as /var/lib/cordees"
        raise DataFolderClosed(message)
    return data


@contextmanager
def temporary(under: Path | None = None) -> Iterator[Path]:
    """Make a fresh data folder, `under` another place than the system's own, and remove it in the end."""
    data = Path(tempfile.mkdtemp(prefix="cordees-", dir=under))
    try:
        if is_root():
            data.chmod(0o711)
        yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def locked(data: Path) -> Iterator[int]:
    """Hold the data folder for one start. Gives the lock's file descriptor, to be inherited by every child.

    The lock then lasts until the last of them is gone, even if we are killed, and it cannot stay behind.
    """
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, data)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, data: Path) -> None:
    deadline = time.monotonic() + _LEFTOVERS_LIMIT
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode()
            # A holder that was killed leaves children that are on their way out: wait for those only.
            if _alive(holder) or time.monotonic() > deadline:
                message = f"{DataFolderInUse.__doc__} ({data}, process {holder or '?'})"
                raise DataFolderInUse(message) from None
            time.sleep(0.05)  # between two looks at the condition above, which has a deadline
        else:
            return


def _alive(pid: str) -> bool:
    return pid.isdigit() and Path(f"/proc/{pid}").exists() if Path("/proc/self").exists() else True
