"""Which worker runs what: the tests of one platform go to one worker, so that it is started once.

xdist 3.8 carries the group of a test in its node id, which pytest 9.2 no longer lets anybody change: the marks are
silently ignored. So the workers, which collect, write the groups down, and the scheduler, which does not, reads them.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

_FILE = "cordees_groups_file"


class ByPlatform(LoadScopeScheduling):  # type: ignore[misc]  # ships no types
    """As its base, but a scope is a group, or a test alone. Groups have more tests than one, and so come first."""

    def __init__(self, config: pytest.Config, log: Any, file: Path) -> None:
        super().__init__(config, log)
        self._file = file
        self._groups: dict[str, str] | None = None

    def _split_scope(self, nodeid: str) -> str:
        if self._groups is None:
            self._groups = json.loads(self._file.read_text(encoding="utf-8"))
        return self._groups.get(nodeid, nodeid)


def tell(config: pytest.Config, groups: dict[str, str]) -> None:
    """In a worker: the groups by node id. All workers have collected the same and write the same."""
    file = getattr(config, "workerinput", {}).get(_FILE)
    if file is None:
        return
    draft = Path(f"{file}.{os.getpid()}")
    draft.write_text(json.dumps(groups), encoding="utf-8")
    draft.replace(file)


def alone(config: pytest.Config, group: str) -> None:
    """In a worker, when a platform starts. Raises `FileExistsError` if another worker has one: groups are broken."""
    file = getattr(config, "workerinput", {}).get(_FILE)
    if file is not None:
        Path(file).with_name(group).touch(exist_ok=False)


def invite(node: Any, folder: Path) -> None:
    """In the controller, for each worker: where to tell."""
    node.workerinput[_FILE] = str(folder / "groups.json")


def scheduler(config: pytest.Config, log: Any, folder: Path) -> ByPlatform:
    """In the controller."""
    return ByPlatform(config, log, folder / "groups.json")
