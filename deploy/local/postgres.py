"""Real PostgreSQL 18 as a child process, on a free port of the loopback and a folder that later starts go on from."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from deploy.local.databases import make_databases
from deploy.local.folders import Identity, is_root, owner_of, unprivileged
from deploy.local.ports import HOST, Ports
from deploy.local.processes import Child, run_to_end, wait_for
from deploy.local.programs import postgres_programs
from deploy.local.secrets import Secrets
from deploy.local.service import SERVICES

_SETTINGS = {
    "listen_addresses": HOST,
    "max_connections": "100",
    "shared_buffers": "64MB",
    # A backlog writes all over the indexes: the rarer the checkpoints, the rarer whole pages stand in the log.
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "io_method": "sync",
    # Nobody replicates from here.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Without DETAIL, which quotes the values of rows: no person's data in logs.
    "log_error_verbosity": "terse",
}
# The builtin provider because the wheel has no ICU, and the machine's locales are not known. Not synced to disk:
# seconds on a slow one, for an empty cluster that only a power cut in its first half minute could harm.
_INITDB = (
    *("--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
)
# A socket's path has 107 bytes at most, and PostgreSQL adds its own name.
_SOCKET_PATH_LIMIT = 85


class Postgres:
    """One server. `start` is the whole life; in between `stop` or `kill`, then `launch` again on the same port."""

    def __init__(self, data: Path, secrets: Secrets, port: int, keep_open: Iterable[int] = ()) -> None:
        """Describe the server in `<data>/postgres`; nothing runs before `launch`."""
        self.port = port
        self._secrets = secrets
        self._folder = data / "postgres"
        self._log = data / "logs" / "postgres.log"
        self._keep_open = tuple(keep_open)
        self._child: Child | None = None

    @classmethod
    @asynccontextmanager
    async def start(
        cls, data: Path, secrets: Secrets, *, ports: Ports | None = None, keep_open: Iterable[int] = ()
    ) -> "AsyncIterator[Postgres]":
        """Start on the data folder, new or not, with roles and databases in place; stop in the end."""
        async with cls(data, secrets, (ports or Ports(data)).take("postgres"), keep_open).running() as server:
            yield server

    @asynccontextmanager
    async def running(self) -> "AsyncIterator[Postgres]":
        """Run it, with roles and databases in place, for as long as the context lasts."""
        try:
            await self.launch()
            await make_databases(lambda database: self.dsn("postgres", database), SERVICES, self._secrets)
            yield self
        finally:
            await self.stop()

    @property
    def children(self) -> tuple[Child, ...]:
        """The server process, once launched."""
        return (self._child,) if self._child else ()

    def dsn(self, role: str, database: str | None = None) -> str:
        """Address for asyncpg and psql. Roles: the services' names, and `postgres` the superuser."""
        return f"postgresql://{role}:{self._secrets.password(role)}@{HOST}:{self.port}/{database or role}"

    def url(self, role: str, database: str | None = None) -> str:
        """Address for SQLAlchemy."""
        return self.dsn(role, database).replace("postgresql:", "postgresql+asyncpg:", 1)

    async def launch(self) -> None:
        """Start the server process and wait until it answers."""
        identity = self._own_folder()
        programs = await asyncio.to_thread(postgres_programs, self._folder, identity)
        cluster = self._folder / "cluster"
        if not cluster.exists():
            await self._init(programs, cluster, identity)
        socket = str(self._folder) if len(os.fsencode(self._folder)) <= _SOCKET_PATH_LIMIT else ""
        settings = _SETTINGS | {"port": str(self.port), "unix_socket_directories": socket}
        self._child = Child(
            "postgres",
            [programs / "postgres", "-D", cluster, *(f"--{name}={value}" for name, value in settings.items())],
            log=self._log,
            env=_environment(),
            cwd=self._folder,
            identity=identity,
            # "Fast" ends sessions and writes a checkpoint; on our own death "immediate": no backend lingers.
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGQUIT,
            keep_open=self._keep_open,
        )
        await wait_for(self._answers, 30, "PostgreSQL does not answer", child=self._child)

    async def stop(self) -> None:
        """End sessions and stop the server in an orderly way."""
        if self._child is not None:
            await self._child.stop()

    def kill(self) -> None:
        """SIGKILL the server with all its backends."""
        if self._child is not None:
            self._child.kill()

    def _own_folder(self) -> Identity | None:
        """Whom to run as: ourselves, or if we are root (whom it refuses) the data's owner, `nobody` for new data."""
        if not self._folder.exists():
            self._folder.mkdir(mode=0o700)
            if is_root():
                shutil.chown(self._folder, unprivileged().uid, unprivileged().gid)
        return owner_of(self._folder) if is_root() else None

    async def _init(self, programs: Path, cluster: Path, identity: Identity | None) -> None:
        draft = cluster.with_name("cluster.new")
        shutil.rmtree(draft, ignore_errors=True)
        # A file, because that user may not open a pipe of root's; it lies in a folder that is closed to others.
        password = self._folder / "password"
        password.touch(mode=0o600)
        password.write_text(self._secrets.password("postgres"))
        if identity:
            shutil.chown(password, identity.uid, identity.gid)
        command: list[str | Path] = [programs / "initdb", "-D", draft, f"--pwfile={password}", *_INITDB]
        child = Child(
            "initdb",
            command,
            log=self._log,
            env=_environment(),
            cwd=self._folder,
            identity=identity,
            keep_open=self._keep_open,
        )
        try:
            await run_to_end(child)
        finally:
            password.unlink()
        draft.rename(cluster)

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.dsn("postgres"), timeout=5)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError):
            return False
        await connection.close()
        return True


def _environment() -> dict[str, str]:
    """Our environment without what libpq would read from it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
