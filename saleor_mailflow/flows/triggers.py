"""What lets a person cross into a flow, found by its ``type``. Standard library only.

Refuses to look for anybody: it only says what to look for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, kw_only=True)
class IdleBasket:
    """Trigger: a basket with an address and lines in which the shopper did nothing for ``after``."""

    after: timedelta

    type = "idle_basket"

    def to_json(self) -> dict[str, Any]:
        """Return the trigger as JSON; durations are whole seconds."""
        return {"type": self.type, "after": int(self.after.total_seconds())}


@dataclass(frozen=True, kw_only=True)
class Happened:
    """Trigger: something happened to a person, such as ``sign_up.created``; they cross at that moment."""

    event: str

    type = "happened"

    def to_json(self) -> dict[str, Any]:
        """Return the trigger as JSON."""
        return {"type": self.type, "event": self.event}


Trigger = IdleBasket | Happened


def trigger_from_json(data: Mapping[str, Any]) -> Trigger:
    """Return the trigger that ``to_json`` wrote. Raises ValueError naming the type when it is not known."""
    match data.get("type"):
        case IdleBasket.type:
            return IdleBasket(after=timedelta(seconds=data["after"]))
        case Happened.type:
            return Happened(event=data["event"])
        case other:
            known = f"{IdleBasket.type!r} and {Happened.type!r}"
            raise ValueError(f"Trigger {other!r} is unknown; this release knows {known}.")
