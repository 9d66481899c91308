"""Conditions: what a branch, a filter or a segment asks, as a small tree that can be written as JSON. Pure.

Standard library only. Refuses to look anything up, and to ask what ``fact_table`` does not know: facts come as values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from saleor_mailflow.flows.fact_table import FACTS, OPERATORS, FactKind

#: Nested deeper than this nobody reads it any more.
DEEPEST = 8

#: The most days ago that anybody may ask about: no calendar goes much further.
MOST_DAYS = 100_000

#: What is true, by ``Ask.name``. A fact that is missing or None is not known.
Facts = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One question: a fact, how it is compared, and with what. ``of`` says which one, as in ``mail.clicked`` of a step.

    Raises ValueError, naming what is wrong, for a fact or comparison that does not exist or a value that cannot fit.
    """

    fact: str
    op: str
    value: Any = None
    of: str = ""

    def __post_init__(self) -> None:
        known = FACTS.get(self.fact)
        if known is None:
            raise ValueError(f"There is no fact {self.fact!r} to ask about; the facts are {', '.join(FACTS)}.")
        allowed = OPERATORS[known.kind]
        if self.op not in allowed:
            raise ValueError(f"{self.fact} cannot be compared by {self.op!r}; use one of {', '.join(allowed)}.")
        if known.of and not self.of:
            raise ValueError(f"{self.fact} needs to be told of which {known.of}.")
        if self.op not in {"known", "unknown", "yes", "no"}:
            _checked(self)
        if isinstance(self.value, list):
            # Questions are kept in sets, and JSON brings lists.
            object.__setattr__(self, "value", tuple(self.value))

    @property
    def name(self) -> str:
        """Return the name under which the fact is looked up: ``contact.orders``, ``mail.clicked:guide``."""
        return f"{self.fact}:{self.of}" if self.of else self.fact

    def holds(self, facts: Facts, now: datetime) -> bool:
        """Tell whether it is true. What is not known is neither: every comparison of it is false."""
        seen = facts.get(self.name)
        if self.op == "unknown":
            return seen is None
        if seen is None:
            # Nothing of a kind is known to be there: a set that nobody filled has no such member.
            return self.op in {"has_not", "no", "is_not"}
        return bool(_COMPARE[self.op](seen, self.value, now))

    def asks(self) -> Iterator[Ask]:
        """Yield the questions it consists of."""
        yield self

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        found: dict[str, Any] = {"fact": self.fact, "op": self.op}
        if self.value is not None:
            found["value"] = list(self.value) if isinstance(self.value, tuple) else self.value
        if self.of:
            found["of"] = self.of
        return found


@dataclass(frozen=True, kw_only=True)
class All:
    """True where every part is; of no parts it is true."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts, now: datetime) -> bool:
        """Tell whether it is true."""
        return all(part.holds(facts, now) for part in self.parts)

    def asks(self) -> Iterator[Ask]:
        """Yield the questions it consists of."""
        for part in self.parts:
            yield from part.asks()

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"all": [part.to_json() for part in self.parts]}


@dataclass(frozen=True, kw_only=True)
class Some:
    """True where at least one part is; of no parts it is false."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts, now: datetime) -> bool:
        """Tell whether it is true."""
        return any(part.holds(facts, now) for part in self.parts)

    def asks(self) -> Iterator[Ask]:
        """Yield the questions it consists of."""
        for part in self.parts:
            yield from part.asks()

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"any": [part.to_json() for part in self.parts]}


@dataclass(frozen=True, kw_only=True)
class Not:
    """True where its part is not."""

    part: Condition

    def holds(self, facts: Facts, now: datetime) -> bool:
        """Tell whether it is true."""
        return not self.part.holds(facts, now)

    def asks(self) -> Iterator[Ask]:
        """Yield the questions it consists of."""
        yield from self.part.asks()

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"not": self.part.to_json()}


Condition = Ask | All | Some | Not


def condition_from_json(data: Mapping[str, Any], *, depth: int = 0) -> Condition:
    """Return the condition that ``to_json`` wrote. Raises ValueError naming what cannot be read."""
    if depth > DEEPEST:
        raise ValueError(f"Conditions are nested more than {DEEPEST} deep; write it with fewer brackets.")
    match data:
        case {"all": list(parts), **rest} if not rest:
            return All(parts=tuple(condition_from_json(part, depth=depth + 1) for part in parts))
        case {"any": list(parts), **rest} if not rest:
            return Some(parts=tuple(condition_from_json(part, depth=depth + 1) for part in parts))
        case {"not": dict(part), **rest} if not rest:
            return Not(part=condition_from_json(part, depth=depth + 1))
        case {"fact": str(fact), "op": str(op), **rest} if rest.keys() <= {"value", "of"}:
            return Ask(fact=fact, op=op, value=rest.get("value"), of=str(rest.get("of", "")))
    raise ValueError(f"A condition is 'all', 'any', 'not' or a fact with its 'op'; {sorted(data)} is none of these.")


def _checked(ask: Ask) -> None:
    kind, value = FACTS[ask.fact].kind, ask.value
    plain = isinstance(value, str | int) and not isinstance(value, bool)
    if ask.op == "in":
        if not (isinstance(value, list | tuple) and value and all(isinstance(one, str) for one in value)):
            raise ValueError(f"{ask.fact} 'in' needs a list of texts; {value!r} is none.")
    elif kind in {FactKind.NUMBER, FactKind.MONEY, FactKind.TIME}:
        if not plain or _number(value) is None:
            raise ValueError(f"{ask.fact} is compared with a number; {value!r} is none.")
        if kind is FactKind.TIME and abs(float(value)) > MOST_DAYS:
            raise ValueError(f"{ask.fact} is compared with at most {MOST_DAYS} days; {value!r} is more.")
    elif not isinstance(value, str) or not value:
        raise ValueError(f"{ask.fact} is compared with a text; {value!r} is none.")


def _number(value: object) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _at_least(seen: object, value: Any, now: datetime) -> bool:
    return (_number(seen) or Decimal(0)) >= (_number(value) or Decimal(0))


def _days_since(seen: object, now: datetime) -> timedelta:
    if isinstance(seen, datetime):
        return now - seen
    assert isinstance(seen, date), f"{seen!r} is no time"
    return timedelta(days=(now.date() - seen).days)


def _members(seen: object) -> set[str]:
    assert isinstance(seen, list | tuple | set | frozenset), f"{seen!r} is no set"
    return {str(one) for one in seen}


_COMPARE: Mapping[str, Any] = {
    "known": lambda seen, value, now: True,
    "yes": lambda seen, value, now: bool(seen),
    "no": lambda seen, value, now: not seen,
    "is": lambda seen, value, now: str(seen) == str(value),
    "is_not": lambda seen, value, now: str(seen) != str(value),
    "in": lambda seen, value, now: str(seen) in {str(one) for one in value},
    "at_least": _at_least,
    "less_than": lambda seen, value, now: not _at_least(seen, value, now),
    "has": lambda seen, value, now: str(value) in _members(seen),
    "has_not": lambda seen, value, now: str(value) not in _members(seen),
    "within_days": lambda seen, value, now: _days_since(seen, now) <= timedelta(days=float(value)),
    "before_days": lambda seen, value, now: _days_since(seen, now) > timedelta(days=float(value)),
}
