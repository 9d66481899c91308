"""Quiet hours in every zone there is, mostly around the moments in which its clock changes.

A short form runs always. ``MAILFLOW_HOURS_CASES=1000000 pytest tests/unit/flows/test_hours_everywhere.py`` is the long
one; a run of a million or more writes docs/proof/hours.json and hours.md. The judge knows nothing of how a slot is
found: it reads wall clocks, right before an opening and at a dozen places on the way to it.
"""

from __future__ import annotations

import json
import os
import platform
import random
import time as stopwatch
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

from saleor_mailflow.flows.hours import QuietHours, next_local, next_slot

CASES = int(os.environ.get("MAILFLOW_HOURS_CASES", "20000"))
SEED = int(os.environ.get("MAILFLOW_HOURS_SEED", "20261122"))
PROOF = Path(__file__).parents[3] / "docs" / "proof"
#: From here on a run is written down.
A_MILLION = 1_000_000
#: How many cases are asked of one zone and year: the changes of its clock are dear to find.
PER_CHANGE = 33
ZONES = {name: ZoneInfo(name) for name in sorted(available_timezones())}
NONE = timedelta(0)
MINUTE = timedelta(minutes=1)


def changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """Return when the zone's clock changed in a year, to the minute, by looking at every third day."""
    found = []
    day = datetime(year, 1, 1, tzinfo=UTC)
    before = day.astimezone(zone).utcoffset()
    for _ in range(122):
        day += timedelta(days=3)
        after = day.astimezone(zone).utcoffset()
        if after != before:
            low, high = day - timedelta(days=3), day
            while high - low > MINUTE:
                middle = low + (high - low) / 2
                low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
            found.append(high.replace(microsecond=0))
        before = after
    return found


def open_at(moment: datetime, zone: ZoneInfo, hours: QuietHours) -> bool:
    wall = moment.astimezone(zone)
    minutes = wall.hour * 60 + wall.minute
    closes = hours.closes.hour * 60 + hours.closes.minute or 24 * 60
    return wall.weekday() in hours.weekdays and hours.opens.hour * 60 + hours.opens.minute <= minutes < closes


def some_hours(dice: random.Random, wall: datetime) -> QuietHours:
    """Return hours a merchant may set; every other time they open or close about when the clock changes."""
    about = wall.hour * 60 + wall.minute + dice.randint(-90, 90)
    opens = dice.choice([8 * 60, dice.randrange(24 * 60 - 1), about % (24 * 60 - 1)])
    closes = dice.choice([21 * 60, 24 * 60, dice.randrange(opens + 1, 24 * 60 + 1), opens + dice.randint(1, 60)])
    closes = min(closes, 24 * 60) if closes > opens else 24 * 60
    weekdays = dice.choice([range(7), range(7), range(5), dice.sample(range(7), dice.randint(1, 3))])
    return QuietHours(
        opens=time(opens // 60, opens % 60), closes=time(closes // 60 % 24, closes % 60), weekdays=frozenset(weekdays)
    )


def cases(dice: random.Random) -> Iterator[tuple[str, datetime, QuietHours, timedelta, bool]]:
    """Yield (zone, now, hours, jitter, is it near a change) for ever; every zone comes in turn."""
    zones = sorted(ZONES)
    while True:
        dice.shuffle(zones)
        for name in zones:
            zone = ZONES[name]
            found = changes(zone, dice.randint(1970, 2037))
            for _ in range(PER_CHANGE):
                near = dice.choice(found) if found else datetime(2026, 1, 1, tzinfo=UTC)
                away = dice.choice([timedelta(hours=3), timedelta(days=1), timedelta(days=9)])
                if not found:
                    away = timedelta(days=4000)
                now = near + timedelta(microseconds=dice.randint(-(away // MINUTE), away // MINUTE) * 60_000_000)
                now += timedelta(microseconds=dice.choice([0, 1, 999_999, dice.randrange(60_000_000)]))
                jitter = dice.choice([NONE, timedelta(minutes=30), timedelta(hours=dice.randint(1, 30))])
                yield name, now, some_hours(dice, near.astimezone(zone)), jitter, bool(found)


def judge(zone: ZoneInfo, now: datetime, hours: QuietHours, jitter: timedelta, seed: str) -> str:
    """Fail where a slot is wrong; return what kind of case it was."""
    slot = next_slot(now, zone, hours, jitter=jitter, seed=seed)
    assert slot >= now, "in the past"
    assert open_at(slot, zone, hours), "inside the quiet time"
    if open_at(now, zone, hours):
        assert slot == now, "made to wait for nothing"
        return "at once"
    opening = next_slot(now, zone, hours, jitter=NONE, seed=seed) if jitter else slot
    assert opening <= slot < opening + max(jitter, timedelta(microseconds=1)), "outside the jitter"
    assert slot == next_slot(now, zone, hours, jitter=jitter, seed=seed), "another slot for the same person"
    assert open_at(opening, zone, hours), "an opening that is closed"
    # Closed until then: right before it, and wherever a look is taken between.
    assert not open_at(opening - timedelta(microseconds=1), zone, hours), "open before its opening"
    step = max((opening - now) // 12, timedelta(minutes=1))
    look = now
    while look < opening:
        assert not open_at(look, zone, hours), f"open already at {look}"
        look += step
    return "waited"


def judge_local(zone: ZoneInfo, now: datetime, at: time, weekdays: frozenset[int]) -> None:
    """Fail where the moment of a local time is wrong."""
    moment = next_local(now, zone, at, weekdays)
    wall = moment.astimezone(zone)
    assert moment >= now, "in the past"
    assert wall.weekday() in weekdays, "on another day"
    before = (moment - timedelta(microseconds=1)).astimezone(zone)
    if wall.time().replace(fold=0) != at:
        # The clock jumped over it: it has just done so.
        assert wall.time() > at, "before its time"
        assert before.date() < wall.date() or before.time() < at, "later than the jump"
    # No day before had one: where the time exists on it, it was before now.
    day = now.astimezone(zone).date()
    while day < wall.date():
        asked = datetime.combine(day, at, tzinfo=zone)
        exists = asked.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == asked.replace(tzinfo=None)
        assert not (exists and day.weekday() in weekdays and asked.astimezone(UTC) >= now), f"there was one at {asked}"
        day += timedelta(days=1)


def test_nobody_is_woken_up_anywhere() -> None:
    dice, kinds, zones, near_change = random.Random(SEED), Counter[str](), set[str](), 0
    began = stopwatch.monotonic()
    source = cases(dice)
    for number in range(CASES):
        name, now, hours, jitter, near = next(source)
        zone = ZONES[name]
        try:
            kinds[judge(zone, now, hours, jitter, str(number))] += 1
            if number % 4 == 0:
                judge_local(zone, now, hours.opens, hours.weekdays)
                kinds["local time"] += 1
        except AssertionError as error:
            pytest.fail(f"case {number} of seed {SEED}: {error}: {name}, {now.isoformat()}, {hours}, {jitter}")
        zones.add(name)
        near_change += near
    seconds = stopwatch.monotonic() - began
    assert kinds["at once"] > CASES / 20
    assert kinds["waited"] > CASES / 5
    if CASES >= 10_000:
        assert zones == set(ZONES)
        assert near_change > CASES / 4
    if CASES >= A_MILLION:
        write_down(kinds, len(zones), near_change, seconds)


def write_down(kinds: Counter[str], zones: int, near_change: int, seconds: float) -> None:
    PROOF.mkdir(parents=True, exist_ok=True)
    command = (
        f"MAILFLOW_HOURS_CASES={CASES} MAILFLOW_HOURS_SEED={SEED} pytest tests/unit/flows/test_hours_everywhere.py"
    )
    facts = {
        "command": command,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cases": CASES,
        "zones": zones,
        "near_a_change_of_the_clock": near_change,
        "left_at_once": kinds["at once"],
        "waited_for_an_opening": kinds["waited"],
        "waited_for_a_local_time_too": kinds["local time"],
        "wrong": 0,
        "seconds": round(seconds, 1),
        "python": platform.python_version(),
        "tzdata": version("tzdata"),
    }
    (PROOF / "hours.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    text = f"""# Quiet hours in every zone

Written by the run itself; do not edit:

```sh
{command}
```

{CASES:,} cases in {zones} zones; in {near_change:,} of them the clock changes within hours or days.
{kinds["at once"]:,} might leave at once and did, {kinds["waited"]:,} waited for the next opening and not longer;
{kinds["local time"]:,} were also asked when the clock next shows a time. None was sent into the quiet time or into the
past, or made to wait past an opening.

{seconds:,.0f} seconds, {facts["at"]}, Python {facts["python"]}, tzdata {facts["tzdata"]}.
"""
    (PROOF / "hours.md").write_text(text, encoding="utf-8")
