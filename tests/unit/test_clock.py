"""The clock: one place says what time it is, and the demo's never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from saleor_mailflow import clock


def test_a_frozen_clock_stands_until_it_is_set_and_never_goes_back() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    frozen = clock.FrozenClock(noon)
    assert frozen.now() == frozen.now() == noon
    frozen.set(noon - timedelta(hours=1))
    assert frozen.now() == noon
    frozen.set(datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=1))))
    assert frozen.now() == noon + timedelta(hours=1)
    assert frozen.now().tzinfo is UTC


def test_the_machines_clock_tells_the_time_unless_another_is_installed() -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    clock.install(clock.FrozenClock(noon))
    try:
        assert clock.now() == noon
    finally:
        clock.install(clock.SystemClock())
