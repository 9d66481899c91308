"""A real SMTP server that takes every mail and delivers none, and that can fail in every way a real one does.

Refuses to listen anywhere but on this machine, and to answer 250 before its log line is on the disk: what the log says
was taken was taken, whatever became of the one who sent it. Run it as ``python -m saleor_mailflow.testing.smtp_sink``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from saleor_mailflow.testing.smtp_sink_talk import MODES, Conversation, Goodbye, Reset

HOST = "127.0.0.1"
_ID = re.compile(rb"^X-Mailflow-Id:[ \t]*([0-9a-fA-F-]{36})", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A mail that was taken: our id ("" where the mail had none), for whom, when (aware UTC), and its bytes."""

    uuid: str
    recipient: str
    at: datetime
    raw: bytes = b""


class SmtpSink:
    """The server in a thread of its own, as a context manager. ``mode`` may be changed while it runs.

    ``log`` gets a JSON line a mail; ``keep`` is a directory for the raw mails; with ``tls`` it offers STARTTLS, or
    speaks TLS from the start (``implicit_tls``). ``fsync`` off is for measuring others, not for proving anything.
    """

    def __init__(
        self,
        mode: str = "ok",
        *,
        port: int = 0,
        log: Path | None = None,
        keep: Path | None = None,
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        fsync: bool = True,
        drip_seconds: float = 0.3,
        remember: bool = True,
    ) -> None:
        self.mode, self.log, self.keep = mode, log, keep
        self.tls, self.implicit_tls, self.fsync, self.drip_seconds = tls, implicit_tls, fsync, drip_seconds
        #: What was taken, in order; empty without ``remember``, which a long run switches off.
        self.taken: list[Taken] = []
        self.remember = remember
        #: How often somebody connected.
        self.connections = 0
        self._socket = socket.create_server((HOST, port)) if mode != "refuse" else _bound(port)
        self.port: int = self._socket.getsockname()[1]
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log else -1
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="smtp-sink", daemon=True)
        self._up = threading.Event()

    def __enter__(self) -> SmtpSink:
        if self.mode != "refuse":
            self._thread.start()
            self._up.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        self._loop.close()
        self._socket.close()
        if self._log >= 0:
            os.close(self._log)

    def serve(self) -> None:
        """Serve in this thread until interrupted."""
        with suppress(KeyboardInterrupt):
            self._run()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        tls = self.tls if self.implicit_tls else None
        start = asyncio.start_server(self._converse, sock=self._socket, limit=64_000_000, ssl=tls)
        server = self._loop.run_until_complete(start)
        self._up.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.wait(tasks))
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        # Several small replies in a row would otherwise wait for the client's delayed ACK, 40 ms each time.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await Conversation(self, reader, writer).run()
        except Reset:
            # Linger of zero seconds: close sends RST, as a crashed server's kernel does.
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except (Goodbye, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # One side left, or the sink is closing: there is nobody to tell.
        finally:
            writer.transport.abort()

    def accept(self, recipient: str, raw: bytes) -> None:
        """Write a mail down, on the disk before this returns."""
        found = _ID.search(raw, 0, max(raw.find(b"\r\n\r\n"), 0) or len(raw))
        mail = Taken(uuid=found[1].decode() if found else "", recipient=recipient, at=datetime.now(UTC), raw=raw)
        if self.keep is not None:
            (self.keep / f"{mail.uuid or time.time_ns()}.eml").write_bytes(raw)
        if self._log >= 0:
            line = json.dumps({"uuid": mail.uuid, "recipient": recipient, "at": mail.at.isoformat()})
            os.write(self._log, line.encode() + b"\n")
            if self.fsync:
                os.fsync(self._log)
        if self.remember:
            self.taken.append(mail)


def _bound(port: int) -> socket.socket:
    """Return a socket that holds a port and does not listen, so that connecting to it is refused."""
    held = socket.socket()
    held.bind((HOST, port))
    return held


def read_log(path: Path) -> list[Taken]:
    """Return what a sink's log says was taken, in order; a line cut short by a kill is left out."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        with suppress(json.JSONDecodeError):
            row = json.loads(line)
            at = datetime.fromisoformat(row["at"])
            found.append(Taken(uuid=row["uuid"], recipient=row["recipient"], at=at))
    return found


@contextmanager
def sink_process(mode: str = "ok", *, log: Path, keep: Path | None = None, port: int = 0) -> Iterator[int]:
    """Run a sink as a process of its own and yield its port. Raises RuntimeError when it does not come up."""
    command = [sys.executable, "-m", "saleor_mailflow.testing.smtp_sink"]
    command += ["--port", str(port), "--mode", mode, "--log", str(log)]
    command += ["--keep", str(keep)] if keep else []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own interpreter and module
    try:
        if process.stdout is None or not (line := process.stdout.readline()):
            raise RuntimeError("The SMTP sink did not start; its standard error says why.")
        yield int(line.rpartition(":")[2])
    finally:
        process.terminate()
        process.wait(5)
        if process.stdout is not None:
            process.stdout.close()


def main(arguments: list[str] | None = None) -> None:
    """Run the sink from the command line until it is stopped."""
    modes = "\n".join(f"  {name:12} {what}" for name, what in MODES.items())
    parser = argparse.ArgumentParser(
        description="A mail server for tests: takes every mail, delivers none.",
        epilog=f"modes, also by tag (anna+550@shop.example):\n{modes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--mode", choices=sorted(MODES), default="ok")
    parser.add_argument("--log", type=Path, help="one JSON line a mail, on the disk before 250 is said")
    parser.add_argument("--keep", type=Path, help="directory for the raw mails")
    parser.add_argument("--no-fsync", action="store_true", help="for measuring senders only")
    chosen = parser.parse_args(arguments)
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
    sink = SmtpSink(
        chosen.mode,
        port=chosen.port,
        log=chosen.log,
        keep=chosen.keep,
        fsync=not chosen.no_fsync,
        remember=False,
    )
    sys.stdout.write(f"The SMTP sink takes mail at {HOST}:{sink.port}\n")
    sys.stdout.flush()
    sink.serve() if chosen.mode != "refuse" else threading.Event().wait()


if __name__ == "__main__":
    main()
