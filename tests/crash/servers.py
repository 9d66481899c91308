"""A PostgreSQL and a Redis of our own that can be crashed and started again. Refuses to touch any other server."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from saleor_mailflow.service import postgres

#: What pg_ctl calls its ways to stop, and the signal that each is.
MODES = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class Cluster:
    """A private PostgreSQL with its data on the disk (fsync on)."""

    def __init__(self) -> None:
        self._private = postgres.start(durable=True)
        self.url = self._private.url
        self._directory = Path(parse_qs(urlsplit(self.url).query)["host"][0])
        self._data = self._directory / "data"
        self._again: subprocess.Popen[bytes] | None = None

    def restart(self, mode: str) -> None:
        """Stop the server, ``fast`` or ``immediate`` (which is a crash), and start it again as it was started."""
        command = shlex.split((self._data / "postmaster.opts").read_text())
        self._stop(MODES[mode])
        owner = os.stat(self._data)
        who: dict[str, Any] = {}
        if os.geteuid() == 0:
            who = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        with (self._directory / "log").open("ab") as log:
            self._again = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **who)
        _wait_until(self._ready, "PostgreSQL did not come back")

    def stop(self) -> None:
        """Stop it for good and remove it."""
        if self._again is not None:
            self._stop(signal.SIGQUIT)
        self._private.stop()

    def _stop(self, number: signal.Signals) -> None:
        pid_file = self._data / "postmaster.pid"
        os.kill(int(pid_file.read_text().split()[0]), number)
        _wait_until(lambda: not pid_file.exists(), "PostgreSQL did not stop")
        if self._again is not None:
            self._again.wait(20)
            self._again = None

    def _ready(self) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a private PostgreSQL."""
    found = Cluster()
    try:
        yield found
    finally:
        found.stop()


class Redis:
    """A private Redis that keeps nothing on the disk."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, empty."""
        program = shutil.which("redis-server") or "redis-server"
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_until(lambda: self.say(b"PING").startswith(b"+PONG"), "Redis did not come up")

    def kill(self) -> None:
        """End it as a power cut would; what it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def say(self, command: bytes) -> bytes:
        """Say one command, such as FLUSHALL, and return the answer, b"" where nobody answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
                line.sendall(command + b"\r\n")
                return line.recv(1000)
        except OSError:
            return b""


def _wait_until(true: Any, otherwise: str, *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, otherwise
        time.sleep(0.02)
