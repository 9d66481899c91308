"""An enrollment as a worker claimed it, and what its turn came to. Refuses to do anything: both are values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from saleor_mailflow.flows.steps import Act, Cursor, Plan


class Claimed(NamedTuple):
    """An enrollment as it was claimed."""

    id: int
    flow_key: str
    version_id: int
    digest: str
    contact_id: int
    basket_id: int | None
    purchase_id: int | None
    cursor: dict[str, Any]
    context: dict[str, Any]
    entered_at: datetime
    last_sent_at: datetime | None
    crashes: int
    fence: int

    @property
    def about_basket(self) -> bool:
        """Tell whether it began with a basket, which may be gone since."""
        return "activity" in self.context

    @property
    def channel(self) -> str:
        """Return the channel it began in, "" where it began in none."""
        return str(self.context.get("channel", ""))


@dataclass(kw_only=True)
class Outcome:
    """What one enrollment's turn came to."""

    claimed: Claimed
    cursor: Cursor
    due_at: datetime | None = None
    leave: str = ""
    leave_detail: dict[str, Any] = field(default_factory=dict)
    steps: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    @property
    def only_waits(self) -> bool:
        """Tell whether nothing came of it but a later time: the commonest case, and the cheapest to write."""
        return not (self.leave or self.steps or self.plans or self.acts)
