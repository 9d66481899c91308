"""Where workers come from: everything is imported once, and each is forked from there, as Celery and gunicorn do.

Refuses to share more than code: a worker opens its own connections, and dies alone. What runs is the command line as
an operator types it.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

#: Leases in a test run out quickly, so that a dead worker's work is taken over soon; but not before a living worker has
#: given up on a mail server that is silent, which is after two seconds (``stage``): its mail would be called unknown.
LEASE_SECONDS = 2.75


class Worker(Protocol):
    """A process that can be watched and ended."""

    pid: int

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal, None while it lives."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""


class Forked:
    """A worker that was forked in the nursery."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], out: Path | None = None) -> None:
        self._process = _context().Process(
            target=_work, args=(list(argv), dict(env), str(out or os.devnull)), daemon=True
        )
        self._process.start()
        self.pid = self._process.pid or 0

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(f"worker {self.pid}", timeout or 0)
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)


def spawned(argv: Sequence[str], env: Mapping[str, str], package: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a worker from nothing: for another lease than usual, and for the ``package`` of another version."""
    environment = {**env, "PYTHONPATH": str(package)} if package is not None else dict(env)
    command = [sys.executable, "-m", "saleor_mailflow.service.cli", *argv]
    null = subprocess.DEVNULL
    return subprocess.Popen(command, env=environment, cwd=package, stdout=null, stderr=null)


def end(worker: Worker) -> None:
    """End it as a power cut would."""
    worker.send_signal(signal.SIGKILL)
    worker.wait(20)


def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.crash.nursery_floor"])
    return context


def _work(argv: list[str], env: dict[str, str], out: str) -> None:
    """Become a worker of the command line."""
    target = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.environ.clear()
    os.environ.update(env)
    from django.conf import settings

    from saleor_mailflow import failpoints
    from saleor_mailflow.cli import main
    from saleor_mailflow.service.database import database_from_url

    settings.DATABASES["default"].update(database_from_url(env["MAILFLOW_DATABASE_URL"]))
    importlib.reload(failpoints)
    code = 0
    for line in " ".join(argv).split(" ; "):
        code = main(line.split())
        sys.stdout.write(f"\nexit {code}\n")
        sys.stdout.flush()
    sys.exit(code)
