"""Free TCP ports on the loopback, remembered in the data folder so that addresses survive a restart."""

import json
import random
import socket
from pathlib import Path

from deploy.local.errors import PlatformError

HOST = "127.0.0.1"

# Below the range from which Linux takes the local port of outgoing connections (32768 and up): a port
# found free there could be taken by anybody's connection before its server has bound it.
_RANGE = range(20_000, 32_000)


class NoFreePort(PlatformError):
    """No free TCP port was found on the loopback."""


class Ports:
    """Ports by name. The port of an earlier start is kept if it is free, else another one replaces it."""

    def __init__(self, data: Path) -> None:
        """Read what the data folder remembers."""
        self._file = data / "ports.json"
        self._known: dict[str, int] = json.loads(self._file.read_text()) if self._file.exists() else {}
        self._taken: set[int] = set()

    def take(self, name: str) -> int:
        """Give the port of this name, free at this moment and different from every other name's."""
        port = self._known.get(name)
        if port is None or port in self._taken or not is_free(port):
            port = self._find(name)
            self._known[name] = port
            self._file.write_text(json.dumps(self._known, indent=1, sort_keys=True))
        self._taken.add(port)
        return port

    def _find(self, name: str) -> int:
        others = {port for other, port in self._known.items() if other != name} | self._taken
        for port in random.sample(_RANGE, 200):
            if port not in others and is_free(port):
                return port
        raise NoFreePort(NoFreePort.__doc__)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        # A port whose last connections are in TIME_WAIT is free for a server, and ours set this option too.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
