"""What the demo's pages and its door have to know of the show that runs. Refuses to be anything in production."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from saleor_mailflow.clock import FrozenClock
from saleor_mailflow.models import Shop
from saleor_mailflow.service.demo.day import Day
from saleor_mailflow.testing.smtp_sink import SmtpSink

HOST = "127.0.0.1"


@dataclass(kw_only=True)
class Stage:
    """Everything is up. ``port`` serves the door and the pages, ``sink`` holds every mail that left."""

    shop: Shop
    clock: FrozenClock
    sink: SmtpSink
    port: int
    #: When the recorded day was over and its season began, by the demo's clock; None before, and where none is played.
    day_over_at: datetime | None = None

    @property
    def address(self) -> str:
        """Return the address of the page to look at."""
        return f"http://{HOST}:{self.port}/"


_now_playing: tuple[Stage, Day] | None = None


def begin(stage: Stage, day: Day) -> None:
    """Let pages and door know what is played. One show a process."""
    global _now_playing
    _now_playing = (stage, day)


def stage() -> Stage:
    """Return the stage that is set. Raises LookupError before there is one."""
    if _now_playing is None:
        raise LookupError("No demo is running.")
    return _now_playing[0]


def day() -> Day:
    """Return the day that is played. Raises LookupError before there is one."""
    if _now_playing is None:
        raise LookupError("No demo is running.")
    return _now_playing[1]


def key_set(api_url: str) -> Mapping[str, object]:
    """Return the recorded key set, as the shop would if it were there to be asked."""
    return _now_playing[1].key_set if _now_playing is not None else {"keys": []}
