"""Mail servers that fail in every way they have, while workers are killed: put off is sent later, refused is refused.

Where the server says clearly that it did not take a mail, nothing is unknown but what a killed worker had in hand.
"""

from __future__ import annotations

import random
import time

import pytest

from saleor_mailflow.testing.smtp_sink import read_log, sink_process
from tests.crash.conftest import Setting
from tests.crash.figures import hold_to_account
from tests.crash.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.long]

PEOPLE = 120
KILLS = 3
UNAMBIGUOUS = ("421", "421-rcpt", "450", "451", "mute", "drip")
AMBIGUOUS = ("250-reset", "reset", "hang")


@pytest.mark.parametrize("mode", UNAMBIGUOUS)
def test_what_a_server_put_off_under_kills_arrives_once_when_it_is_well(
    stage: Setting, chance: random.Random, mode: str
) -> None:
    with stage(PEOPLE, sink=mode) as one:
        _kill_a_few(one, chance)
        _until_well(one)
        hold_to_account(one, f"mail server in mode “{mode}”, then well", PEOPLE, unknown_at_most=KILLS)


@pytest.mark.parametrize("mode", AMBIGUOUS)
def test_what_a_server_may_have_taken_is_unknown_and_not_repeated(
    stage: Setting, chance: random.Random, mode: str
) -> None:
    """Each broken line costs one mail its certainty, and the rest of its batch waits: not one more is tried on it."""
    with stage(PEOPLE, sink=mode) as one:
        _kill_a_few(one, chance)
        _until_well(one)
        scenario = f"mail server in mode “{mode}”, then well"
        # The sink takes each mail before it fails, and what it took without a word is unknown; a 250 is a word.
        wordless = 0 if mode == "250-reset" else len(read_log(one.log))
        hold_to_account(one, scenario, PEOPLE, unknown_at_most=KILLS + wordless)


def test_what_a_server_refuses_for_good_has_failed_and_the_sink_never_took_it(
    stage: Setting, chance: random.Random
) -> None:
    with stage(PEOPLE, sink="552") as one:
        _kill_a_few(one, chance)
        _until_done(one)
        assert one.delivered() == {}
        hold_to_account(one, "mail server in mode “552”", PEOPLE, unknown_at_most=KILLS, ended=["failed"])


def _kill_a_few(one: Stage, chance: random.Random) -> None:
    """Kill workers at work, ``KILLS`` times, letting pauses be over as they come."""
    one.worker()
    for _ in range(KILLS):
        one.worker()
        end = time.monotonic() + 4 + chance.random() * 2
        while time.monotonic() < end:
            one.time_goes_by(tries=4)
            time.sleep(0.3)
        one.kill(chance.choice(one.workers))
    one.worker()


def _until_well(one: Stage) -> None:
    """Put a mail server that is well, and keeps a log of its own, in the place of the other, and wait for the end."""
    one.later_log = one.log.with_suffix(".later")
    with sink_process("ok", log=one.later_log) as well:
        one.set(port=well)
        _until_done(one)


def _until_done(one: Stage) -> None:
    """Wait until nothing is left, however often it was put off."""
    end = time.monotonic() + 90
    while True:
        one.time_goes_by()
        if not one.left():
            return
        assert time.monotonic() < end, f"{one.left()} people still wait: {one.states()}"
        time.sleep(0.3)
