"""Workers that are stopped, not killed, and wake up when others have long done their work."""

from __future__ import annotations

import signal
import time

import pytest

from tests.crash.conftest import Setting
from tests.crash.figures import hold_to_account
from tests.crash.stage import Stage

pytestmark = pytest.mark.slow


def test_a_worker_stopped_past_its_lease_in_mid_batch_sends_nothing_when_it_wakes_up(stage: Setting) -> None:
    people = 60
    with stage(people) as one:
        sleeper = one.worker("batch.middle:5:sleep:5")
        _until_delivered(one, 4)
        one.worker()
        one.wait_until(0, seconds=30)
        time.sleep(3)
        assert sleeper.poll() is None
        hold_to_account(one, "a worker asleep past its lease in mid-batch", people, unknown_at_most=1)


@pytest.mark.parametrize(("mode", "unknown"), [("careful", 1), ("fast", 10)])
def test_a_worker_stopped_by_a_signal_anywhere_and_resumed_repeats_nothing(
    stage: Setting, mode: str, unknown: int
) -> None:
    people = 150
    with stage(people, mode=mode) as one:
        stopped = one.worker()
        _until_delivered(one, 10)
        stopped.send_signal(signal.SIGSTOP)
        one.worker()
        one.wait_until(0, seconds=30)
        before = one.delivered()
        stopped.send_signal(signal.SIGCONT)
        time.sleep(2)
        assert stopped.poll() is None
        # It may finish the one hand-over that it was stopped in, and begins no other that it had intended.
        assert len(one.delivered()) <= len(before) + 1
        scenario = f"a worker stopped by a signal past its lease and resumed, {mode} mode"
        hold_to_account(one, scenario, people, unknown_at_most=unknown, kills=1)


def _until_delivered(one: Stage, count: int) -> None:
    end = time.monotonic() + 30
    while len(one.delivered()) < count:
        assert time.monotonic() < end, f"only {len(one.delivered())} were delivered"
        time.sleep(0.01)
