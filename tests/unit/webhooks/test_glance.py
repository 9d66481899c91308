"""A look at the bytes never says what a walk would deny, however a body is spelt; and of real ones it says enough."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.webhooks.body import MAX_DEPTH, _check_depth, read_body
from saleor_mailflow.webhooks.glance import is_shallow
from saleor_mailflow.webhooks.parse import _SECRET_ANYWHERE, _SECRET_OF_EVENT, _TIMES, _WATCHED, CLOCK_SKEW, _stored
from tests.recorded import kinds

NOW = datetime(2026, 11, 21, 23, 57, 30, tzinfo=UTC)
LATEST = NOW + CLOCK_SKEW

MOMENTS = st.timedeltas(timedelta(-2), timedelta(2)).map(NOW.replace(tzinfo=None).__add__) | st.datetimes()
OFFSETS = st.sampled_from(["+00:00", "Z", "", "-14:00", "+14:00", "+00:00:01", "-00:00", "z", "+01:00"])
TIMES = (
    st.builds(lambda at, sep, offset: at.isoformat(sep) + offset, MOMENTS, st.sampled_from("T t"), OFFSETS)
    | st.integers(-600, 600).map(lambda seconds: (NOW + timedelta(seconds=seconds)).isoformat())
    | st.sampled_from(["9999-12-31T23:59:59-14:00", "20270101T000000", "2027-W01-1", "2027-01-01", "soon", "0", ""])
)
PIECES = st.lists(st.sampled_from([*'{}[]"\\/,: ', "\\u", "é", "😀", "\n", "x", '":']), max_size=6).map("".join)
NAMES = st.sampled_from(sorted(_SECRET_OF_EVENT | _TIMES)) | PIECES
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | PIECES
    | TIMES
    | NAMES
)


class Pairs(list[Any]):
    """An object, as its members in turn: a name may come twice."""


VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(NAMES, inner | TIMES), max_size=5).map(Pairs),
    max_leaves=20,
)


def spell(value: Any, dice: Random) -> str:
    """Return JSON that stands for ``value``, in one of the many ways to spell it."""
    blank = dice.choice(["", " ", "\n\t", "  "])
    if isinstance(value, Pairs):
        return "{" + ",".join(f"{blank}{spell(n, dice)}{blank}:{blank}{spell(v, dice)}" for n, v in value) + blank + "}"
    if isinstance(value, list):
        return "[" + ",".join(blank + spell(item, dice) for item in value) + blank + "]"
    if isinstance(value, str) and dice.random() < 0.3:
        units = value.encode("utf-16-be", "surrogatepass")
        spelt = (f"\\u{units[at]:02x}{units[at + 1]:02X}" for at in range(0, len(units), 2))
        return '"' + "".join(one if dice.random() < 0.5 or one[2:4] != "00" else _plain(one) for one in spelt) + '"'
    return json.dumps(value, ensure_ascii=dice.random() < 0.5)


def _plain(escape: str) -> str:
    return json.dumps(chr(int(escape[2:], 16)))[1:-1]


def depth(value: Any) -> int:
    if not isinstance(value, list | dict):
        return 0
    return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)


# What must not happen.


@settings(max_examples=400)
@given(members=st.lists(st.tuples(NAMES, VALUES), max_size=5).map(Pairs), dice=st.randoms())
def test_nothing_is_kept_that_a_walk_would_change(members: Pairs, dice: Random) -> None:
    raw = spell(members, dice).encode("utf-8", "surrogatepass")
    found = read_body(raw)
    if _WATCHED.absent(raw, LATEST):
        walked = _stored(found, LATEST, NOW, _SECRET_OF_EVENT)
        assert walked == {name: item for name, item in found.items() if name not in _SECRET_OF_EVENT}


@pytest.mark.parametrize("name", sorted(_SECRET_ANYWHERE | _TIMES))
@pytest.mark.parametrize("escaped", [False, True])
def test_no_name_escapes_it_wherever_it_stands(name: str, escaped: bool) -> None:
    for at in range(len(name)):
        spelt = f"{name[:at]}\\u{ord(name[at]):04x}{name[at + 1 :]}" if escaped else name
        for frame in ('{"%s": "2090-01-01T00:00:00+00:00"}', '{"a": [{"b": 1, "%s"\n:\t"2090-01-01T00:00:00Z"}]}'):
            assert not _WATCHED.absent((frame % spelt).encode(), LATEST)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(microseconds=1), timedelta(hours=1)])
def test_a_time_that_is_too_late_is_left_to_the_walk(later: timedelta) -> None:
    raw = b'{"issuedAt": "2026-11-21T00:00:00+00:00", "updatedAt": "%s"}' % (LATEST + later).isoformat().encode()
    assert not _WATCHED.absent(raw, LATEST)


@settings(max_examples=400)
@given(value=VALUES, limit=st.integers(0, 8), dice=st.randoms())
@example(value=["}", [[["{"]]]], limit=3, dice=Random(1))
@example(value=[r"\\", ['"}]'], ['\\"']], limit=1, dice=Random(1))
def test_nothing_deep_looks_shallow(value: Any, limit: int, dice: Random) -> None:
    raw = spell(value, dice).encode("utf-8", "surrogatepass")
    if is_shallow(raw, limit):
        assert depth(json.loads(raw)) <= limit


@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]"), ('["}", ', ', "{"]')])
def test_the_limit_is_the_walks_own(opening: str, closing: str) -> None:
    for levels in range(MAX_DEPTH - 3, MAX_DEPTH + 4):
        raw = f'{{"x": {opening * levels}1{closing * levels}, "wide": [{"{}," * 50}1]}}'.encode()
        deep = depth(json.loads(raw)) > MAX_DEPTH
        assert not (deep and is_shallow(raw, MAX_DEPTH))
        if deep:
            with pytest.raises(WebhookRefused):
                read_body(raw)
        else:
            _check_depth(read_body(raw))


# What must.


def test_bodies_of_a_real_shop_are_seldom_walked() -> None:
    watched = [name.encode() for name in _SECRET_ANYWHERE]
    for name, (_, raw) in kinds().items():
        assert is_shallow(raw, MAX_DEPTH), name
        assert _WATCHED.absent(raw, LATEST + timedelta(days=9)) is not any(b'"%s"' % one in raw for one in watched), (
            name
        )


def test_names_that_stand_for_letters_of_other_alphabets_are_no_reason_to_walk() -> None:
    raw = rb'{"checkout": {"firstName": "Zo\u00eb", "quoted": "27\" {not} [a] \\", "updatedAt": null}}'
    assert _WATCHED.absent(raw, LATEST)
    assert is_shallow(rb'{"a": "27\" \\", "b": "\\\\\""}', 1)


def test_a_shop_may_quote_brackets_and_still_be_read() -> None:
    raw = b'{"a": "' + b"{[" * 100 + b'"}'
    assert not is_shallow(raw, MAX_DEPTH)
    assert read_body(raw)
    assert is_shallow(b'{"metadata": "' + rb"{\"a\": [[]]}" + b'"}', MAX_DEPTH)
