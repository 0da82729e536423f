"""Kafka's jars: resolved once from Maven Central, checked against `kafka-jars.sha256`, kept in a cache."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.errors import PlatformError

KAFKA = "4.3.1"
# slf4j-simple writes to stderr, hence to our log file, and starts faster than the log4j that Kafka brings along.
ENDPOINT = f"org.apache.kafka:kafka_2.13:{KAFKA}+org.slf4j:slf4j-simple:1.7.36"
HASHES = Path(__file__).with_name("kafka-jars.sha256")
_ATTEMPTS = 3


class WrongJars(PlatformError):
    """The jars that were resolved are not the ones whose hashes are in `kafka-jars.sha256`."""


class JarsUnreachable(PlatformError):
    """Kafka's jars could not be fetched from Maven Central."""


def cache_folder() -> Path:
    """`CORDEES_CACHE`, else `cordees` in the user's cache."""
    if chosen := os.environ.get("CORDEES_CACHE"):
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cordees"


def kafka_jars() -> Path:
    """Give the folder of all jars, fetching them if this cache never had them. Blocks: seconds the first time."""
    cache = cache_folder()
    jars = cache / f"kafka-{KAFKA}"
    if jars.exists():
        return jars
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache):
        if not jars.exists():
            draft = cache / f"kafka-{KAFKA}.new"
            shutil.rmtree(draft, ignore_errors=True)
            _gather(_resolve(cache), draft)
            draft.rename(jars)
    return jars


def _gather(resolved: Path, draft: Path) -> None:
    draft.mkdir()
    for jar in sorted(resolved.glob("*/*.jar")):
        shutil.copyfile(jar, draft / jar.name)
    found = {f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}" for jar in draft.iterdir()}
    wrong = found ^ set(HASHES.read_text().splitlines())
    if wrong:
        names = sorted({line.split()[1] for line in wrong})
        raise WrongJars(f"{WrongJars.__doc__} {', '.join(names)}")


def _resolve(cache: Path) -> Path:
    # Half a second to import, and needed once in the life of a cache.
    from jgo.env import EnvironmentBuilder, LinkStrategy
    from jgo.maven import MavenContext

    # Its own repository beside the result: hard links do not cross file systems.
    context = MavenContext(repo_cache=cache / "maven", timeout=30)
    builder = EnvironmentBuilder(context=context, link_strategy=LinkStrategy.HARD, cache_dir=cache / "jgo")
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return Path(builder.from_endpoint(ENDPOINT).path)
        except Exception as error:  # jgo lets through whatever its HTTP client and its parsers raise
            if attempt == _ATTEMPTS:
                raise JarsUnreachable(f"{JarsUnreachable.__doc__} {error}") from error
    raise AssertionError("unreachable")


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Two starts at once resolve once."""
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
