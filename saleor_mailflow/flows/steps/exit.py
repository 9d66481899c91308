"""The exit step: the flow ends here for this person. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.flows.steps.base import Cursor, Decision, Leave, Moment, Step


@dataclass(frozen=True, kw_only=True)
class Exit(Step):
    """Leave the flow."""

    type: ClassVar[str] = "exit"

    def decide(self, cursor: Cursor, moment: Moment) -> Decision:
        """Leave, naming this step."""
        return Leave(reason=Reason.STEP, detail={"step": self.id})

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {"type": self.type, "id": self.id}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Exit:
        """Return the step that ``to_json`` wrote."""
        return cls(id=data["id"])
