"""A PostgreSQL of our own: it starts for anybody, and leaves nothing behind however its owner goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.service import binaries, postgres

# Whoever is started in the background by a shell does not hear an interrupt, unless they ask to.
OWNER = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from saleor_mailflow.service import postgres
server = postgres.start(durable=False)
print(server.url, flush=True)
time.sleep(60)
"""


def directory(url: str) -> Path:
    return Path(psycopg.conninfo.conninfo_to_dict(url)["host"])


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_the_owner_is_killed(how: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert owner.stdout is not None
    place = directory(owner.stdout.readline().strip())
    assert place.is_dir()
    owner.send_signal(how)
    owner.wait(60)
    owner.stdout.close()
    deadline = time.monotonic() + 60
    while place.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not place.exists()


def test_it_is_nobody_elses_and_not_on_the_network() -> None:
    server = postgres.start(durable=False)
    with psycopg.connect(server.url) as connection:
        shown = connection.execute("SHOW listen_addresses").fetchone()
        written = connection.execute("SELECT lower('ÄÖ')").fetchone()
    place = directory(server.url)
    mode, owner = place.stat().st_mode & 0o777, place.stat().st_uid
    server.stop()
    server.stop()
    assert (shown, written, mode) == (("",), ("äö",), 0o700)
    assert owner != 0
    assert not place.exists()


def test_none_at_all_is_loud_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(binaries, "_PLACES", ())
    monkeypatch.setattr(binaries, "_candidates", lambda: iter(()))
    monkeypatch.setattr(postgres, "wheel_server", lambda: None)
    with pytest.raises(ConfigurationError, match="apt-get install postgresql"):
        postgres.start()


def test_a_broken_one_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("initdb", "postgres"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho no room on this machine >&2\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setattr(postgres, "installed_server", lambda: tmp_path)
    with pytest.raises(ConfigurationError, match="does not start"):
        postgres.start()


def test_an_address_that_is_set_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_DATABASE_URL", "postgres://elsewhere/mailflow")
    assert postgres.ensure_database() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_programs_below_a_closed_directory_are_copied_to_where_the_server_may_go(tmp_path: Path) -> None:
    from saleor_mailflow.service import keeper

    user = keeper._unprivileged()
    closed = tmp_path / "closed"
    for part in ("bin", "lib", "share"):
        (closed / "pg" / part).mkdir(parents=True)
    program = closed / "pg" / "bin" / "postgres"
    program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 17.1'\n")
    program.chmod(0o755)
    closed.chmod(0o700)
    assert not keeper._reachable(closed / "pg" / "bin", user)
    made = keeper._directory(user)
    try:
        copied = keeper._runnable(closed / "pg" / "bin", made, user)
        assert copied == made / "pginstall" / "bin"
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        subprocess.run(["rm", "-r", str(made)], check=True)
