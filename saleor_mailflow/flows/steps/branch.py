"""The branch step: one of two ways, by what is true now. Standard library only. Refuses to decide twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from saleor_mailflow.flows.conditions import Condition, condition_from_json
from saleor_mailflow.flows.steps.base import Cursor, Decision, Go, Moment, Step
from saleor_mailflow.flows.steps.reading import steps_from_json, steps_to_json


@dataclass(frozen=True, kw_only=True)
class Branch(Step):
    """Go by ``then`` where ``when`` holds, else by ``otherwise``; both ways meet again behind it."""

    when: Condition
    then: tuple[Step, ...] = ()
    otherwise: tuple[Step, ...] = ()
    type: ClassVar[str] = "branch"

    @property
    def ways(self) -> Mapping[str, tuple[Step, ...]]:
        """Return the two ways."""
        return {"yes": self.then, "no": self.otherwise}

    def decide(self, cursor: Cursor, moment: Moment) -> Decision:
        """Choose a way; what was seen is kept with the choice."""
        way = "yes" if self.when.holds(moment.facts, moment.now) else "no"
        seen = {ask.name: _plain(moment.facts.get(ask.name)) for ask in self.when.asks()}
        return Go(step=self.id, outcome=way, way=way, ready_at=cursor.ready_at, detail={"seen": seen})

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {
            "type": self.type,
            "id": self.id,
            "when": self.when.to_json(),
            "then": steps_to_json(self.then),
            "otherwise": steps_to_json(self.otherwise),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Branch:
        """Return the step that ``to_json`` wrote."""
        return cls(
            id=data["id"],
            when=condition_from_json(data["when"]),
            then=steps_from_json(data.get("then", ())),
            otherwise=steps_from_json(data.get("otherwise", ())),
        )


def _plain(value: object) -> object:
    """Return a fact as JSON can carry it."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(str(one) for one in value)[:20]
    return str(value)[:100]
