"""What differs between two flows, step by step and field by field, in words that a merchant reads. Pure.

Standard library only. Refuses to guess: a step is the same step where its id is the same, whatever else changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from difflib import SequenceMatcher
from enum import StrEnum

from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.flows.saying import value_words
from saleor_mailflow.flows.steps import Step


class ChangeKind(StrEnum):
    """What became of a step or a setting."""

    ADDED = "added"
    REMOVED = "removed"
    #: It stands elsewhere: before or after others, or inside another way.
    MOVED = "moved"
    #: One of its fields has another value.
    CHANGED = "changed"
    #: Something of the flow itself: its trigger, filter, ends, name.
    SETTING = "setting"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference. ``step`` is "" for a setting of the flow; ``before`` and ``after`` are words, "" where none."""

    kind: ChangeKind
    step: str = ""
    #: The type of the step, as it is now where it still is.
    type: str = ""
    field: str = ""
    before: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """Return it as one line, such as ``wait until_next_day: duration 24 h -> 36 h``."""
        whose = f"{self.type} {self.step}: " if self.step else ""
        match self.kind:
            case ChangeKind.ADDED:
                return f"{whose}added, {self.after}"
            case ChangeKind.REMOVED:
                return f"{whose}removed"
            case ChangeKind.MOVED:
                return f"{whose}moved, {self.before} -> {self.after}"
        return f"{whose}{self.field.replace('_', ' ')} {self.before} -> {self.after}"


@dataclass(frozen=True, kw_only=True)
class _Seat:
    """A step with where it stands: the way it is in (("", "") is the flow itself) and what is before it there."""

    step: Step
    way: tuple[str, str]
    before: str


def difference(before: Flow | None, after: Flow) -> tuple[Change, ...]:
    """Return what has to be changed to make ``after`` of ``before`` (None: there was nothing), settings first.

    Added, changed and moved steps come in the order in which ``after`` is written, removed ones last.
    """
    if before is None:
        return tuple(_added(seat) for seat in _seats(after.steps))
    old = {seat.step.id: seat for seat in _seats(before.steps)}
    new = {seat.step.id: seat for seat in _seats(after.steps)}
    moved = _moved(before, after)
    found = list(_fields(before, after, skip={"key", "steps"}, kind=ChangeKind.SETTING))
    for id_, seat in new.items():
        if id_ not in old:
            found.append(_added(seat))
            continue
        if id_ in moved:
            words = _place_words(old[id_]), _place_words(seat)
            kind = seat.step.type
            found.append(Change(kind=ChangeKind.MOVED, step=id_, type=kind, before=words[0], after=words[1]))
        found += step_changes(old[id_].step, seat.step)
    for id_, seat in old.items():
        if id_ not in new:
            found.append(Change(kind=ChangeKind.REMOVED, step=id_, type=seat.step.type))
    return tuple(found)


def changed_steps(changes: Sequence[Change]) -> frozenset[str]:
    """Return the ids of the steps that people may stand in and that are not what they were."""
    return frozenset(change.step for change in changes if change.step and change.kind is not ChangeKind.ADDED)


def _added(seat: _Seat) -> Change:
    return Change(kind=ChangeKind.ADDED, step=seat.step.id, type=seat.step.type, after=_place_words(seat))


def _place_words(seat: _Seat) -> str:
    inside, way = seat.way
    where = f"after {seat.before}" if seat.before else "first"
    return f"{where} in way {way} of {inside}" if inside else where


def _seats(steps: tuple[Step, ...], way: tuple[str, str] = ("", "")) -> Iterator[_Seat]:
    for number, step in enumerate(steps):
        yield _Seat(step=step, way=way, before=steps[number - 1].id if number else "")
        for name, inner in step.ways.items():
            yield from _seats(inner, (step.id, name))


def _moved(before: Flow, after: Flow) -> set[str]:
    """Return steps that stand in another way, or in another order among those that stayed in theirs."""
    old, new = ({seat.step.id: seat.way for seat in _seats(flow.steps)} for flow in (before, after))
    moved = {id_ for id_ in new if id_ in old and old[id_] != new[id_]}
    for way in set(new.values()):
        was = [id_ for id_, at in old.items() if at == way and new.get(id_) == way]
        now = [id_ for id_ in new if new[id_] == way and id_ in was]
        moved |= set(now) - set(_common(was, now))
    return moved


def _common(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """Return ids that both have in this order; what is not among them moved."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return [id_ for block in blocks for id_ in one[block.a : block.a + block.size]]


def step_changes(old: Step, new: Step) -> Iterator[Change]:
    """Yield what differs between two steps of one id, not counting what is inside their ways."""
    if type(old) is not type(new):
        kind = ChangeKind.CHANGED
        yield Change(kind=kind, step=new.id, type=new.type, field="type", before=old.type, after=new.type)
        return
    for change in _fields(old, new, skip={"id"}, kind=ChangeKind.CHANGED):
        yield replace(change, step=new.id, type=new.type)


def _fields(old: Step | Flow, new: Step | Flow, *, skip: set[str], kind: ChangeKind) -> Iterator[Change]:
    for field in fields(new):
        was, now = getattr(old, field.name), getattr(new, field.name)
        if field.name in skip or was == now or _holds_steps(was) or _holds_steps(now):
            continue
        words = value_words(was, field.name), value_words(now, field.name)
        # Ways are compared by their names and weights; what is inside them, as steps of its own.
        if words[0] != words[1]:
            yield Change(kind=kind, field=field.name, before=words[0], after=words[1])


def _holds_steps(value: object) -> bool:
    return isinstance(value, tuple) and any(isinstance(one, Step) for one in value)
