"""What a flow is: a frozen tree that can be written as JSON and read back. Standard library only.

Refuses loops by construction: steps follow each other and there is no "go to".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from saleor_mailflow.flows.kinds import MailKind
from saleor_mailflow.flows.steps import Send, Step, step_from_json
from saleor_mailflow.flows.triggers import Trigger, trigger_from_json
from saleor_mailflow.flows.upcast import SCHEMA, upcast


class Purpose(StrEnum):
    """What a mail is for; it decides which laws, limits and hours apply."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A flow: what starts it, what it does, when a person may enter again."""

    key: str
    name: str
    #: One sentence for the merchant.
    description: str
    purpose: Purpose
    trigger: Trigger
    steps: tuple[Step, ...]
    #: One sequence a person in this time.
    once_per: timedelta
    #: Prompt mails go when due; promotional ones keep quiet hours and caps.
    prompt: bool = False
    #: What the law calls its mails.
    kind: MailKind = MailKind.MARKETING
    #: The kind of mail that people can choose by itself; ``marketing`` is all of it.
    topic: str = "marketing"
    #: Of two flows that want the same person at once, the lower number goes first. A merchant's own order wins.
    priority: int = 100
    #: Flows of one lane follow each other and share one offer, such as ``post_purchase``; "" is none.
    lane: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for a flow that could not run."""
        ids = [step.id for step in self.steps]
        if not ids:
            raise ValueError(f"Flow {self.key!r} has no steps; give it at least one.")
        doubled = sorted({i for i in ids if ids.count(i) > 1})
        if doubled:
            raise ValueError(f"Flow {self.key!r} has more than one step called {doubled[0]!r}; ids must differ.")

    def may_wait(self, step_id: str) -> bool:
        """Tell whether a mail of this step waits for its turn among others rather than being skipped."""
        return all(step.may_wait for step in self.steps if isinstance(step, Send) and step.id == step_id)

    @property
    def promotional(self) -> bool:
        """Tell whether its mails keep limits, order and quiet hours."""
        return self.purpose is Purpose.MARKETING and not self.prompt

    @property
    def templates(self) -> tuple[str, ...]:
        """Return the templates its send steps use, in order."""
        return tuple(step.template for step in self.steps if isinstance(step, Send))

    def to_json(self) -> dict[str, Any]:
        """Return the flow as JSON, the form in which it is published and run."""
        return {
            "schema": SCHEMA,
            "key": self.key,
            "name": self.name,
            "description": self.description,
            "purpose": str(self.purpose),
            "prompt": self.prompt,
            "kind": str(self.kind),
            "topic": self.topic,
            "priority": self.priority,
            "lane": self.lane,
            "once_per": int(self.once_per.total_seconds()),
            "trigger": self.trigger.to_json(),
            "steps": [step.to_json() for step in self.steps],
        }

    @property
    def digest(self) -> str:
        """Return the digest of the canonical JSON: equal digests mean equal flows."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


def flow_from_json(data: Mapping[str, Any]) -> Flow:
    """Return the flow that ``to_json`` wrote, by this or an earlier release. Raises ValueError for anything else."""
    data = upcast(data)
    return Flow(
        key=data["key"],
        name=data["name"],
        description=data["description"],
        purpose=Purpose(data["purpose"]),
        prompt=data["prompt"],
        kind=MailKind(data["kind"]),
        topic=data["topic"],
        priority=data["priority"],
        lane=data["lane"],
        once_per=timedelta(seconds=data["once_per"]),
        trigger=trigger_from_json(data["trigger"]),
        steps=tuple(step_from_json(step) for step in data["steps"]),
    )
