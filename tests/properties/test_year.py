"""One simulated year: everybody is mailed when due whatever clocks do, and the same seed lives the same year."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from saleor_mailflow.models import Message, Refusal
from saleor_mailflow.process.verify import verify
from tests.days.oracle import Oracle
from tests.properties import proof
from tests.properties.year import BEAT, BEGIN, DAY, END, HOUR, JUMPS, OUTAGE, ZONES, Year, changes, live

pytestmark = pytest.mark.django_db

PEOPLE, OTHERS = (1000, 100) if proof.FULL else (30, 8)
GOAL_SECONDS = 20.0
LATENESS = {"reminder": 12 * HOUR, "last_call": 48 * HOUR}


def check(year: Year) -> None:
    """Hold the year against the oracle, which knows of no clocks but one and of no outage."""
    owed = {(email, step): at for email, step, at in Oracle(BEGIN - DAY).live(year.deeds, END).mails}
    sent = {(m.contact.email, m.step): m for m in Message.objects.filter(state="accepted").select_related("contact")}
    assert len(year.out.sent) == len(sent)
    for key, message in sent.items():
        assert message.expires_at is not None
        assert message.intent_at <= message.expires_at, key
    disturbed = [(begin - 2 * DAY, end + 2 * DAY) for begin, end in [*[(b, e) for b, e, _ in JUMPS], OUTAGE]]
    calm = {key for key, at in owed.items() if not any(begin <= at <= end for begin, end in disturbed)}
    for key in calm:
        assert key in sent, f"{key}, owed at {owed[key]}, was not mailed"
        assert timedelta(0) <= sent[key].ended_at - owed[key] <= 2 * BEAT, f"{key}: {sent[key].ended_at} {owed[key]}"
    for key in set(sent) - set(owed):
        # By a clock that is an hour ahead somebody is reminded who buys within the hour; by a right one nobody is.
        assert any(b <= sent[key].ended_at <= e + HOUR for b, e, _ in JUMPS), f"{key} was mailed and is owed nothing"
    missed = Message.objects.filter(state="missed")
    assert all(OUTAGE[0] - 2 * DAY < m.planned_at < OUTAGE[1] + DAY for m in missed)
    # Who left a cart before the outage missed their mail, or was not let in with it when it was over.
    assert missed.exists() or Refusal.objects.filter(reason="old_news").exists()
    assert verify(year.shop.pk) == []


def test_clocks_change_both_ways_in_every_zone() -> None:
    assert [len(changes(zone)) for zone in ZONES] == [2] * len(ZONES)


def test_a_year_is_lived_in_seconds_and_the_same_seed_lives_the_same_year() -> None:
    with proof.prove(
        "a simulated year: due mail to the beat, none stale after ten days' outage, same seed, same ledger",
        goal=f"1,000 people in < {GOAL_SECONDS:.0f} s; equal hashes",
        on="PostgreSQL, one connection, the real worker",
        unit="people",
        seed=proof.SEED,
    ) as row:
        began = time.monotonic()
        year = live(proof.SEED, people=PEOPLE)
        took = time.monotonic() - began
        check(year)
        mails, ledger = len(year.out.sent), year.ledger
        Message.objects.all().delete()
        again = live(proof.SEED, people=PEOPLE)
        row.cases = PEOPLE
        assert again.ledger == ledger, "the same seed lived another year"
        assert live(proof.SEED + 1, people=OTHERS).ledger != live(proof.SEED, people=OTHERS).ledger
        held = "held" if took < GOAL_SECONDS else f"hashes equal, time missed by {took / GOAL_SECONDS:.1f}×"
        row.result = f"{held}; {took:.1f} s for {year.ticks:,} ticks and {mails:,} mails; ledger {ledger[:12]}"
