"""What a flow is: a frozen tree that can be written as JSON and read back. Standard library only.

Refuses loops by construction: steps follow each other and there is no "go to".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from saleor_mailflow.flows.conditions import Ask, Condition, condition_from_json
from saleor_mailflow.flows.ending import Ending
from saleor_mailflow.flows.kinds import MailKind
from saleor_mailflow.flows.places import Place, places_of
from saleor_mailflow.flows.steps import (
    Branch,
    Cursor,
    Send,
    Step,
    Wait,
    WaitFor,
    steps_from_json,
    steps_to_json,
    walk,
)
from saleor_mailflow.flows.triggers import Trigger, trigger_from_json
from saleor_mailflow.flows.upcast import SCHEMA, upcast


class Purpose(StrEnum):
    """What a mail is for; it decides which laws, limits and hours apply."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


class Reentry(StrEnum):
    """What makes two entries into a flow the same one."""

    #: Whatever crossed: a basket, an order, a date of a year. ``once_per`` limits it further.
    CROSSING = "crossing"
    #: Once in a person's life.
    NEVER = "never"


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
    #: Asked once, when somebody crosses; None lets everybody in.
    filter: Condition | None = None
    ends: tuple[Ending, ...] = ()
    reentry: Reentry = Reentry.CROSSING
    #: The first and last day on which somebody may enter, by the shop's calendar; None is no such day.
    valid_from: date | None = None
    valid_until: date | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a flow that could not run."""
        ids = [step.id for step in walk(self.steps)]
        if not ids:
            raise ValueError(f"Flow {self.key!r} has no steps; give it at least one.")
        if not all(ids):
            raise ValueError(f"Flow {self.key!r} has a step without an id; give each step one.")
        doubled = sorted({i for i in ids if ids.count(i) > 1})
        if doubled:
            raise ValueError(f"Flow {self.key!r} has more than one step called {doubled[0]!r}; ids must differ.")

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Return every step by id with where it leads, in the order in which they are written."""
        return places_of(self.steps)

    @cached_property
    def asks(self) -> frozenset[Ask]:
        """Return every question that its branches ask."""
        return frozenset(ask for step in walk(self.steps) if isinstance(step, Branch) for ask in step.when.asks())

    @cached_property
    def awaits(self) -> tuple[WaitFor, ...]:
        """Return its steps that wait for something to happen."""
        return tuple(step for step in walk(self.steps) if isinstance(step, WaitFor))

    @cached_property
    def is_local(self) -> bool:
        """Tell whether it asks what the clocks show where the person is."""
        waits = [step for step in walk(self.steps) if isinstance(step, Wait)]
        return any(step.at or step.weekdays or step.date or step.months for step in waits)

    def step_at(self, cursor: Cursor) -> str:
        """Return the id of the step a cursor stands at, "" behind the last one."""
        if cursor.at is not None:
            return cursor.at
        return next((id_ for id_, place in self.places.items() if place.index == cursor.index), "")

    def cursor_at(self, step_id: str, ready_at: datetime) -> Cursor:
        """Return the cursor of somebody who comes to a step; "" is behind the last one."""
        index = self.places[step_id].index if step_id else len(self.places)
        return Cursor(index=index, ready_at=ready_at, at=step_id)

    def begin(self, ready_at: datetime) -> Cursor:
        """Return the cursor of somebody who enters."""
        return self.cursor_at(self.steps[0].id, ready_at)

    def send(self, step_id: str) -> Send | None:
        """Return a send step by id, None where there is none of that id."""
        place = self.places.get(step_id)
        return place.step if place is not None and isinstance(place.step, Send) else None

    def may_wait(self, step_id: str) -> bool:
        """Tell whether a mail of this step waits for its turn among others rather than being skipped."""
        send = self.send(step_id)
        return send is None or send.may_wait

    @property
    def promotional(self) -> bool:
        """Tell whether its mails keep limits, order and quiet hours."""
        return self.purpose is Purpose.MARKETING and not self.prompt

    def promotional_at(self, step_id: str) -> bool:
        """Tell whether the mail of this step keeps limits, order and quiet hours."""
        send = self.send(step_id)
        return self.promotional and not (send is not None and send.prompt)

    @property
    def templates(self) -> tuple[str, ...]:
        """Return the templates its send steps use, in order."""
        return tuple(step.template for step in walk(self.steps) if isinstance(step, Send))

    def to_json(self) -> dict[str, Any]:
        """Return the flow as JSON, the form in which it is published and run. What it does not use is not written."""
        found = {
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
            "steps": steps_to_json(self.steps),
        }
        if self.filter is not None:
            found["filter"] = self.filter.to_json()
        if self.ends:
            found["ends"] = [str(ending) for ending in self.ends]
        if self.reentry is not Reentry.CROSSING:
            found["reentry"] = str(self.reentry)
        if self.valid_from is not None:
            found["valid_from"] = self.valid_from.isoformat()
        if self.valid_until is not None:
            found["valid_until"] = self.valid_until.isoformat()
        return found

    @cached_property
    def digest(self) -> str:
        """Return the digest of the canonical JSON: equal digests mean equal flows."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


def flow_from_json(data: Mapping[str, Any]) -> Flow:
    """Return the flow that ``to_json`` wrote, by this or an earlier release. Raises ValueError for anything else."""
    data = upcast(data)
    try:
        return _flow(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"The flow {data.get('key')!r} cannot be read: {error!r}.") from error


def _flow(data: Mapping[str, Any]) -> Flow:
    first, last = data.get("valid_from"), data.get("valid_until")
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
        steps=steps_from_json(data["steps"]),
        filter=condition_from_json(data["filter"]) if "filter" in data else None,
        ends=tuple(Ending(ending) for ending in data.get("ends", ())),
        reentry=Reentry(data.get("reentry", "crossing")),
        valid_from=date.fromisoformat(first) if first else None,
        valid_until=date.fromisoformat(last) if last else None,
    )
