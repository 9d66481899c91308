"""Conditions compiled to SQL over contacts, so that a million people can be asked at once.

Refuses what is not about a contact (a cart, an order, a mail), in a sentence. What ``Condition.holds`` says of the same
facts, this says: not known is neither true nor false, and only ``Not`` makes something of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from saleor_mailflow.audience.contact_facts import ONE, SEVERAL, Sql, clean
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.conditions import DEEPEST, All, Ask, Condition, Not, Some
from saleor_mailflow.flows.fact_table import FACTS, FactKind

#: Other segments by key, as a condition may name them.
Named = Mapping[str, Condition]

# Beyond every amount there is, and finer than any: further out or finer a number only costs time.
_MOST, _FINEST = Decimal(10) ** 20, Decimal("0.000001")


def where(condition: Condition, *, now: datetime, named: Named | None = None) -> Sql:
    """Return what ``condition`` asks of a contact ``c`` with profile ``p``, never NULL under a ``NOT``.

    ``named`` are the segments that ``contact.segment`` may name; one that is not there has nobody in it. Raises
    ConfigurationError for a fact that is not about contacts, and for segments that name each other in a circle.
    """
    return _compile(condition, now, named or {}, 0)


def _compile(condition: Condition, now: datetime, named: Named, depth: int) -> Sql:
    if depth > 2 * DEEPEST:
        raise ConfigurationError(
            "The segments name each other in a circle; write the conditions of one of them out.", key="segments"
        )
    match condition:
        case All(parts=parts):
            return _joined([_compile(part, now, named, depth + 1) for part in parts], "AND", "TRUE")
        case Some(parts=parts):
            return _joined([_compile(part, now, named, depth + 1) for part in parts], "OR", "FALSE")
        case Not(part=part):
            inner = _compile(part, now, named, depth + 1)
            return Sql(text=f"({inner.text}) IS NOT TRUE", params=inner.params)
        case Ask():
            return (
                _segment(condition, now, named, depth) if condition.fact == "contact.segment" else _ask(condition, now)
            )


def _joined(parts: list[Sql], word: str, empty: str) -> Sql:
    if not parts:
        return Sql(text=empty)
    text = f" {word} ".join(f"({part.text})" for part in parts)
    return Sql(text=text, params=tuple(value for part in parts for value in part.params))


def _segment(ask: Ask, now: datetime, named: Named, depth: int) -> Sql:
    inside = named.get(str(ask.value))
    found = Sql(text="FALSE") if inside is None else _compile(inside, now, named, depth + 1)
    return found if ask.op == "has" else Sql(text=f"({found.text}) IS NOT TRUE", params=found.params)


def _ask(ask: Ask, now: datetime) -> Sql:
    if ask.fact in SEVERAL:
        column, source = SEVERAL[ask.fact]
        there = "EXISTS" if ask.op == "has" else "NOT EXISTS"
        return Sql(text=f"{there} (SELECT 1 {source} AND {column} = %s::text)", params=(clean(str(ask.value)),))
    if ask.fact not in ONE:
        raise ConfigurationError(
            f"A segment asks about contacts; {ask.fact} is of one cart, order or flow: ask for it in a branch.",
            key="segments",
        )
    seen = ONE[ask.fact](ask.of, now)
    text, params = _compared(ask, seen.text, now)
    return Sql(text=text, params=(*seen.params, *params))


def _compared(ask: Ask, seen: str, now: datetime) -> tuple[str, tuple[object, ...]]:
    """Return the comparison and its parameters behind those of ``seen``."""
    kind, value = FACTS[ask.fact].kind, ask.value
    match ask.op:
        case "known":
            return f"{seen} IS NOT NULL", ()
        case "unknown":
            return f"{seen} IS NULL", ()
        case "yes":
            return f"{seen} IS TRUE", ()
        case "no":
            return f"{seen} IS NOT TRUE", ()
        case "is":
            return f"{_text(kind, seen)} = %s::text", (clean(str(value)),)
        case "is_not":
            return f"{_text(kind, seen)} IS DISTINCT FROM %s::text", (clean(str(value)),)
        case "in":
            return f"{_text(kind, seen)} = ANY(%s::text[])", ([clean(str(one)) for one in value],)
        case "at_least":
            return f"{seen} >= %s::numeric", (_number(value),)
        case "less_than":
            return f"{seen} < %s::numeric", (_number(value),)
        case "within_days":
            return _since(ask, seen, ">=", now)
        case "before_days":
            return _since(ask, seen, "<", now)
    raise AssertionError(f"no SQL for {ask.op!r}")


def _text(kind: FactKind, seen: str) -> str:
    return f"({seen})::text" if kind is FactKind.NUMBER else seen


def _number(value: object) -> Decimal:
    """Return a number to compare with: what is counted or paid has three decimals at most, so this changes nothing."""
    number = max(min(Decimal(str(value)), _MOST), -_MOST)
    return number.quantize(_FINEST, rounding=ROUND_CEILING)


def _since(ask: Ask, seen: str, op: str, now: datetime) -> tuple[str, tuple[object, ...]]:
    ago = timedelta(days=float(ask.value))
    if ask.fact == "contact.birthday":
        # A date is whole days ago, and a part of a day more or less changes nothing.
        return f"{seen} {op} %s::date", (_day(now.date(), ago.days),)
    return f"{seen} {op} %s::timestamptz", (now - ago,)


def _day(today: date, ago: int) -> str:
    return (today - timedelta(days=ago)).isoformat()
