"""The one place that says what time it is, so that the demo can set it. Refuses to be asked by the core.

Entry points (views, tasks, commands) ask once and hand the answer down; flows, gate and engine are told the time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> datetime:
        """Return the present as an aware UTC datetime."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present as an aware UTC datetime."""
        return datetime.now(UTC)


class FrozenClock:
    """A clock that stands still until it is set, and never goes back."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the time it was last set to, as an aware UTC datetime."""
        return self._at

    def set(self, at: datetime) -> None:
        """Move the clock to ``at``, an aware datetime; an earlier time than it shows is ignored."""
        self._at = max(self._at, at.astimezone(UTC))


_installed: Clock = SystemClock()


def now() -> datetime:
    """Return the present as an aware UTC datetime, as the installed clock tells it."""
    return _installed.now()


def install(clock: Clock) -> None:
    """Let ``clock`` tell the time of this process from now on. For the demo and for tests only."""
    global _installed
    _installed = clock
