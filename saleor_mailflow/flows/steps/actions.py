"""Steps that do something with the person other than write to them. Standard library only.

Refuses to do it here: each only says what, in the transaction that records the step it is done (``flows.effects``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from saleor_mailflow.flows.steps.base import Act, Cursor, Decision, Moment, Step, written


@dataclass(frozen=True, kw_only=True)
class _Action(Step):
    """A step that acts and goes on at once."""

    def decide(self, cursor: Cursor, moment: Moment) -> Decision:
        """Act."""
        return Act(step=self.id, what=self, ready_at=cursor.ready_at)


@dataclass(frozen=True, kw_only=True)
class Tag(_Action):
    """Set and take off tags."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    type: ClassVar[str] = "tag"

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {"type": self.type, "id": self.id, **written(add=list(self.add), remove=list(self.remove))}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Tag:
        """Return the step that ``to_json`` wrote."""
        return cls(id=data["id"], add=tuple(data.get("add", ())), remove=tuple(data.get("remove", ())))


@dataclass(frozen=True, kw_only=True)
class Score(_Action):
    """Add points to the person's score; fewer than none take away."""

    points: int
    type: ClassVar[str] = "score"

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {"type": self.type, "id": self.id, "points": self.points}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Score:
        """Return the step that ``to_json`` wrote."""
        return cls(id=data["id"], points=int(data["points"]))


@dataclass(frozen=True, kw_only=True)
class Coupon(_Action):
    """Reserve a code of an offer that the merchant set up; the mail that names this step carries it.

    Where there is no such offer, or it does not pay, the mail goes without a code and the reason is kept.
    """

    offer: str
    type: ClassVar[str] = "coupon"

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {"type": self.type, "id": self.id, "offer": self.offer}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Coupon:
        """Return the step that ``to_json`` wrote."""
        return cls(id=data["id"], offer=data["offer"])


@dataclass(frozen=True, kw_only=True)
class StartFlow(_Action):
    """Let the person enter another flow, by that flow's own rules."""

    flow: str
    type: ClassVar[str] = "start_flow"

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {"type": self.type, "id": self.id, "flow": self.flow}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StartFlow:
        """Return the step that ``to_json`` wrote."""
        return cls(id=data["id"], flow=data["flow"])


@dataclass(frozen=True, kw_only=True)
class Notify(_Action):
    """Tell another system by a signed webhook, to the address that the shop's settings know under ``target``."""

    target: str
    type: ClassVar[str] = "notify"

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {"type": self.type, "id": self.id, "target": self.target}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Notify:
        """Return the step that ``to_json`` wrote."""
        return cls(id=data["id"], target=data["target"])
