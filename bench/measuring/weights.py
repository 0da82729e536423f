"""What processes have cost so far: CPU of a client and of the servers behind it, memory of oneself."""

import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil


@dataclass(frozen=True)
class Cpu:
    """CPU seconds: of this process with its threads, of PostgreSQL with all its backends, of the broker."""

    client: float
    postgres: float
    broker: float

    @classmethod
    def now(cls, postgres: int, broker: int) -> Self:
        """Since each of them began. Processes are named by their ids."""
        return cls(time.process_time(), _of_family(postgres), _of_one(broker))

    def since(self, before: "Cpu") -> "Cpu":
        """Between two looks."""
        return Cpu(self.client - before.client, self.postgres - before.postgres, self.broker - before.broker)

    def __add__(self, other: "Cpu") -> "Cpu":
        """Of two clients of the same servers, which both of them saw whole: servers are not added."""
        return Cpu(self.client + other.client, max(self.postgres, other.postgres), max(self.broker, other.broker))

    @property
    def total(self) -> float:
        """Of everybody."""
        return self.client + self.postgres + self.broker


def _of_one(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _of_family(pid: int) -> float:
    """Of a process, the children that it has buried, and those that live."""
    parent = psutil.Process(pid)
    times = parent.cpu_times()
    total = float(times.user + times.system + times.children_user + times.children_system)
    for child in parent.children():
        try:
            total += _of_one(child.pid)
        except psutil.NoSuchProcess:
            # It has ended between two looks; the next one finds it with its parent.
            continue
    return total


def peak_memory() -> int:
    """Bytes: the most that this process ever held itself. `ru_maxrss` has that of whoever started it as its floor."""
    status = Path("/proc/self/status")
    if status.exists():
        held = dict(line.split(":", 1) for line in status.read_text().splitlines())
        if "VmHWM" in held:
            return int(held["VmHWM"].split()[0]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
