"""Keep one private PostgreSQL server for one other process, and clean up after both.

Run as a program of its own. It reads one line of JSON from its standard input, starts a server in a new directory,
writes one line of JSON with the server's address (or an error), and lives until its standard input ends: however the
other process goes, killed without warning too, the server stops and its directory is removed. Standard library only.

Refuses to run the server as root (PostgreSQL does too): an unprivileged user runs it, and no permissions are changed
outside its own new directory.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

START_S = 60.0
STOP_S = 15.0
#: Where to go when TMPDIR is inside somebody's home. A fresh directory is made there by mkdtemp, never a known name.
_ELSEWHERE = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - see above
_FIXED = {"unix_socket_permissions": "0700", "listen_addresses": "", "logging_collector": "off"}


class CannotStart(Exception):
    """The server cannot be started; the text is a sentence that says why."""


def main() -> None:
    """Serve one process until it goes."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _leave)
    wish = json.loads(sys.stdin.readline() or "{}")
    user = _unprivileged() if os.geteuid() == 0 else None
    directory, server = None, None
    try:
        directory = _directory(user)
        server = _start(Path(wish["bin"]), directory, dict(wish["settings"]), user)
        _say({"socket": str(directory), "user": "mailflow"})
        sys.stdin.read()
    except (CannotStart, OSError, subprocess.SubprocessError) as error:
        _say({"error": str(error)})
    finally:
        if server is not None:
            _stop(server)
        if directory is not None:
            shutil.rmtree(directory, ignore_errors=True)


def _leave(*_: object) -> NoReturn:
    raise SystemExit(0)


def _say(answer: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return found
    raise CannotStart("PostgreSQL does not run as root, and there is no user postgres or nobody to run it. Create one.")


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """Return what makes a subprocess run as ``user``, in an environment that no other server's settings reach."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    clean["LC_ALL"] = "C"
    if user is None:
        return {"env": clean}
    return {"env": clean, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _directory(user: pwd.struct_passwd | None) -> Path:
    """Make a directory that only the server's user (and root) can enter. Its path is short: a socket's may be 107."""
    for base in (tempfile.gettempdir(), *_ELSEWHERE):
        if not os.access(base, os.W_OK | os.X_OK) or len(base) > 70 or not _reachable(Path(base), user):
            continue
        made = Path(tempfile.mkdtemp(prefix="mailflow-pg-", dir=os.path.realpath(base)))
        if user is not None:
            os.chown(made, user.pw_uid, user.pw_gid)
        return made
    raise CannotStart(
        "No temporary directory can be used by the database's user. Set TMPDIR to one that everybody may."
    )


def _reachable(path: Path, user: pwd.struct_passwd | None) -> bool:
    """Tell whether ``user`` may pass through every directory down to ``path``. True for ourselves."""
    if user is None:
        return True
    for step in (path, *path.parents):
        found = step.stat()
        bit = stat.S_IXUSR if found.st_uid == user.pw_uid else stat.S_IXOTH
        if found.st_gid == user.pw_gid and found.st_uid != user.pw_uid:
            bit = stat.S_IXGRP
        if not found.st_mode & bit:
            return False
    return True


def _start(
    programs: Path, directory: Path, settings: dict[str, str], user: pwd.struct_passwd | None
) -> subprocess.Popen[bytes]:
    programs = _runnable(programs, directory, user)
    data, log = directory / "data", directory / "log"
    log.touch()
    how = _as(user)
    with log.open("ab") as out:
        for locale in ("C.UTF-8", "C"):
            more = ["-E", "UTF8", f"--locale={locale}", "--no-sync"]
            made = subprocess.run(
                [str(programs / "initdb"), "-D", str(data), "-U", "mailflow", "-A", "trust", *more],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                check=False,
                **how,
            )
            if made.returncode == 0:
                break
        else:
            raise CannotStart(f"PostgreSQL could not prepare its directory: {_last_words(log)}")
        options = [f"-c{name}={value}" for name, value in {**settings, **_FIXED}.items()]
        server = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data), f"-cunix_socket_directories={directory}", *options],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            **how,
        )
    deadline = time.monotonic() + START_S
    while not _ready(data):
        if server.poll() is not None:
            raise CannotStart(f"PostgreSQL stopped while starting: {_last_words(log)}")
        if time.monotonic() > deadline:
            _stop(server)
            raise CannotStart(f"PostgreSQL did not start within {START_S:.0f} seconds: {_last_words(log)}")
        time.sleep(0.02)
    return server


def _runnable(programs: Path, directory: Path, user: pwd.struct_passwd | None) -> Path:
    """Return where ``user`` can run the programs: as they lie, or copied (a virtual environment in root's home)."""
    if _reachable(programs, user):
        return programs
    tree = programs.parent
    if not all((tree / part).is_dir() for part in ("lib", "share")):
        raise CannotStart(f"The user {user.pw_name if user else ''} cannot reach PostgreSQL's programs in {programs}.")
    shutil.copytree(
        tree, directory / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("include", "doc", "man")
    )
    for step, _, _ in os.walk(directory / "pginstall"):
        os.chmod(step, 0o755)  # noqa: S103 - inside our own new directory, which nobody else can enter
    copied = directory / "pginstall" / programs.name
    try:
        subprocess.run([str(copied / "postgres"), "--version"], check=True, capture_output=True, **_as(user))
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotStart(
            f"PostgreSQL's programs cannot be run in {directory.parent}. Set TMPDIR to a directory that allows it."
        ) from error
    return copied


def _ready(data: Path) -> bool:
    # The eighth line of postmaster.pid says "ready" once connections are taken (PostgreSQL 10 and newer).
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return " / ".join(lines[-4:]) or "it said nothing"


def _stop(server: subprocess.Popen[bytes]) -> None:
    # An immediate shutdown: what a slower one would write to the disk is thrown away a moment later.
    for name in (signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        server.send_signal(name)
        try:
            server.wait(STOP_S)
        except subprocess.TimeoutExpired:
            continue


if __name__ == "__main__":
    main()
