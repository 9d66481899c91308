"""The split step: one of several ways by a stable hash, for tests and holdouts. Standard library only.

Refuses to throw dice: the same person in the same flow always goes the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar

from saleor_mailflow.flows.steps.base import Cursor, Decision, Go, Moment, Step
from saleor_mailflow.flows.steps.reading import steps_from_json, steps_to_json


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way of a split: ``weight`` of the sum of all weights go by it."""

    key: str
    weight: int
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Split(Step):
    """Send people by several ways, each in its share."""

    choices: tuple[Way, ...]
    type: ClassVar[str] = "split"

    def __post_init__(self) -> None:
        """Raise ValueError for a split that splits nothing."""
        keys = [way.key for way in self.choices]
        if len(keys) < 2 or len(set(keys)) < len(keys) or any(not 1 <= way.weight <= 1000 for way in self.choices):
            raise ValueError(f"Step {self.id!r} needs two ways or more, of different names, each weighing 1 to 1000.")

    @property
    def ways(self) -> Mapping[str, tuple[Step, ...]]:
        """Return the ways by key."""
        return {way.key: way.steps for way in self.choices}

    def decide(self, cursor: Cursor, moment: Moment) -> Decision:
        """Choose the person's way."""
        way = self.way_of(moment.seed)
        return Go(step=self.id, outcome=way, way=way, ready_at=cursor.ready_at)

    def way_of(self, seed: str) -> str:
        """Return the key of the way for whomever ``seed`` stands for."""
        total = sum(way.weight for way in self.choices)
        point = int.from_bytes(sha256(f"{self.id}:{seed}".encode()).digest()[:8]) * total >> 64
        for way in self.choices:
            point -= way.weight
            if point < 0:
                return way.key
        raise AssertionError("the weights do not add up")

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        ways = [{"key": way.key, "weight": way.weight, "steps": steps_to_json(way.steps)} for way in self.choices]
        return {"type": self.type, "id": self.id, "ways": ways}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Split:
        """Return the step that ``to_json`` wrote."""
        return cls(
            id=data["id"],
            choices=tuple(
                Way(key=way["key"], weight=int(way["weight"]), steps=steps_from_json(way.get("steps", ())))
                for way in data["ways"]
            ),
        )
