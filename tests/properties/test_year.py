"""One simulated year: everybody is mailed when due whatever clocks do, and the same seed lives the same year.

Simulated with the real flow, engine and gate over tables in memory, and lived by the real worker on PostgreSQL: both
must come to the same ledger, fact by fact.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import timedelta

import pytest
from django.db.models import F

from saleor_mailflow.models import Message
from saleor_mailflow.process.verify import verify
from tests.days.oracle import Deed, Oracle
from tests.properties import proof
from tests.properties.simulated import simulate
from tests.properties.year import (
    BEAT,
    BEGIN,
    DAY,
    END,
    HOUR,
    JUMPS,
    OUTAGE,
    ZONES,
    Fact,
    changes,
    deeds_of,
    live,
    people_of_the_year,
)

PEOPLE = 1000
#: Whom the worker lives through the year with, and with how many twice.
LIVED, TWICE = (1000, 100) if proof.FULL else (30, 8)
GOAL_SECONDS = 20.0


def check(facts: Collection[Fact], deeds: Collection[Deed]) -> None:
    """Hold a ledger against the oracle, which knows of no clocks but one and of no outage."""
    owed = {(email, step): at for email, step, at in Oracle(BEGIN - DAY).live(deeds, END).mails}
    mails = [((email, step), at) for what, email, step, _, at in facts if what == "accepted"]
    sent = dict(mails)
    assert len(sent) == len(mails), "a mail was sent twice"
    disturbed = [(begin - 2 * DAY, end + 2 * DAY) for begin, end in [*[(b, e) for b, e, _ in JUMPS], OUTAGE]]
    calm = {key for key, at in owed.items() if not any(begin <= at <= end for begin, end in disturbed)}
    for key in calm:
        assert key in sent, f"{key}, owed at {owed[key]}, was not mailed"
        assert timedelta(0) <= sent[key] - owed[key] <= 2 * BEAT, f"{key}: {sent[key]} {owed[key]}"
    for key in set(sent) - set(owed):
        # By a clock that is an hour ahead somebody is reminded who buys within the hour; by a right one nobody is.
        assert any(b <= sent[key] <= e + HOUR for b, e, _ in JUMPS), f"{key} was mailed and is owed nothing"
    missed = [at for what, _, _, _, at in facts if what == "missed"]
    assert all(OUTAGE[0] < at < OUTAGE[1] + DAY for at in missed)
    # Who left a cart before the outage missed their mail, or was not let in with it when it was over.
    assert missed or any(why == "old_news" for what, _, _, why, _ in facts if what == "refusal")


def test_clocks_change_both_ways_in_every_zone() -> None:
    assert [len(changes(zone)) for zone in ZONES] == [2] * len(ZONES)


def test_a_year_is_simulated_in_seconds_and_the_same_seed_is_the_same_year() -> None:
    with proof.prove(
        "a simulated year: due mail to the beat, none stale after ten days' outage, same seed, same ledger",
        goal=f"1,000 people in < {GOAL_SECONDS:.0f} s; equal hashes",
        on="the real flow, engine and gate, tables in memory, a fake clock",
        unit="people",
        seed=proof.SEED,
    ) as row:
        began = time.monotonic()
        year = simulate(proof.SEED, people=PEOPLE)
        took = time.monotonic() - began
        row.cases = PEOPLE
        check(year.facts, deeds_of(people_of_the_year(proof.SEED, PEOPLE)))
        assert simulate(proof.SEED, people=PEOPLE).ledger == year.ledger, "the same seed was another year"
        assert simulate(proof.SEED + 1, people=PEOPLE).ledger != year.ledger
        assert took < GOAL_SECONDS
        row.result = f"held; {took:.1f} s for {year.beats:,} beats and {year.sent:,} mails; ledger {year.ledger[:12]}"


@pytest.mark.django_db
def test_the_worker_lives_the_year_that_was_simulated() -> None:
    with proof.prove(
        "the worker lives the simulated year: the same mails, exits and refusals at the same beats",
        goal="0 differences; equal hashes",
        on="PostgreSQL, one connection, the real worker",
        unit="people",
        seed=proof.SEED,
    ) as row:
        began = time.monotonic()
        year = live(proof.SEED, people=LIVED)
        took = time.monotonic() - began
        row.cases = LIVED
        check(year.facts, year.deeds)
        assert year.facts == sorted(simulate(proof.SEED, people=LIVED).facts)
        sent = Message.objects.filter(shop=year.shop, state="accepted")
        assert len(year.out.sent) == len(sent)
        assert not sent.filter(intent_at__gt=F("expires_at")).exists()
        assert verify(year.shop.pk) == []
        once, again = live(proof.SEED, people=TWICE), live(proof.SEED, people=TWICE)
        assert once.ledger == again.ledger, "the same seed lived another year"
        row.result = (
            f"held; {took:.1f} s for {year.ticks:,} ticks and {len(year.out.sent):,} mails; ledger {year.ledger[:12]}"
        )
