"""The gate as a table: each fact that forbids a mail, and that nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.flows.ending import Ending
from saleor_mailflow.flows.goals import BasketFacts, LifeFacts, OrderState
from saleor_mailflow.flows.limits import LIMITS, Stage
from saleor_mailflow.flows.reasons import HOLDING, Reason, sentence
from saleor_mailflow.messages.gate import GateFacts, Quiet, ShopFacts, ask, explain

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NORMAL = LIMITS[Stage.NORMAL]
QUIET = Quiet(until=NOW + 10 * HOUR, zone="Europe/Berlin", local="22:10")
BASKET = BasketFacts(state="open", line_count=2, activity=1, active_at=NOW - timedelta(hours=1))
FINE = GateFacts(
    now=NOW,
    expires_at=NOW + timedelta(hours=12),
    shop=ShopFacts(),
    flow_mode="live",
    purpose="marketing",
    basis="none",
    country="DE",
    basket=BASKET,
    entered_activity=1,
)


def _ended(ending: Ending, **life: object) -> dict[str, object]:
    """Return what ends a flow that is about no basket."""
    return {"basket": None, "ends": (ending,), "life": LifeFacts(**life)}


FORBIDDEN = [
    ({"basket": replace(BASKET, order="1234")}, Reason.ORDERED),
    ({"basket": replace(BASKET, state="converted")}, Reason.ORDERED),
    ({"basket": replace(BASKET, state="emptied")}, Reason.EMPTIED),
    ({"basket": replace(BASKET, line_count=0)}, Reason.EMPTIED),
    ({"basket": replace(BASKET, state="deleted")}, Reason.GONE),
    ({"basket": replace(BASKET, activity=2)}, Reason.ACTIVITY),
    ({"basket": replace(BASKET, newer=True)}, Reason.NEWER_BASKET),
    ({"basket": replace(BASKET, payment="paid")}, Reason.PAID),
    ({"basket": replace(BASKET, payment="authorized")}, Reason.AUTHORIZED),
    ({"basket": replace(BASKET, payment="pending")}, Reason.PAYMENT_PENDING),
    ({"basket": replace(BASKET, completing_since=NOW - timedelta(minutes=1))}, Reason.COMPLETING),
    ({"is_staff": True}, Reason.STAFF),
    ({"erased": True}, Reason.ERASED),
    ({"suppressed": ("unsubscribed", NOW)}, Reason.UNSUBSCRIBED),
    ({"suppressed": ("bounced", NOW)}, Reason.BOUNCED),
    ({"suppressed": ("complained", NOW)}, Reason.COMPLAINED),
    ({"suppressed": ("manual", NOW)}, Reason.SUPPRESSED),
    ({"basis": "consent"}, Reason.NO_CONSENT),
    ({"basis": "consent", "is_customer": True}, Reason.NO_CONSENT),
    ({"basis": "existing_customer"}, Reason.NO_CONSENT),
    ({"basis": "existing_customer", "basis_is_set": True}, Reason.NOT_A_CUSTOMER),
    ({"basis": "consent", "consent": ("granted", NOW - DAY), "consent_expires": NOW}, Reason.CONSENT_EXPIRED),
    ({"consent": ("withdrawn", NOW)}, Reason.CONSENT_WITHDRAWN),
    ({"already_sent_at": NOW - timedelta(days=2)}, Reason.ALREADY_SENT),
    ({"expires_at": NOW - timedelta(seconds=1)}, Reason.LATE),
    ({"nothing_left": True}, Reason.NOTHING_LEFT),
    ({"shop": ShopFacts(disabled=True)}, Reason.DISABLED),
    ({"shop": ShopFacts(paused=True)}, Reason.PAUSED),
    ({"shop": ShopFacts(copy=("a", "b"))}, Reason.COPY),
    ({"shop": ShopFacts(has_sender=False)}, Reason.NO_SENDER),
    ({"shop": ShopFacts(has_postal_address=False)}, Reason.NO_POSTAL_ADDRESS),
    ({"shop": ShopFacts(provider_problem="no key")}, Reason.NO_PROVIDER),
    ({"flow_mode": "off"}, Reason.FLOW_OFF),
    ({"flow_stopped": (NOW - DAY, "0.41 %")}, Reason.FLOW_STOPPED),
    ({"paused_until": NOW + timedelta(hours=6)}, Reason.PERSON_PAUSED),
    ({"promotional": True, "trouble": ("late", "1042")}, Reason.TROUBLE),
    ({"promotional": True, "outranked_by": ("birthday", NOW)}, Reason.OUTRANKED),
    ({"promotional": True, "limits": NORMAL, "sent": (NOW - 10 * HOUR,)}, Reason.LIMITED),
    ({"promotional": True, "limits": NORMAL, "sent": tuple(NOW - n * DAY for n in (1, 2, 3, 6.9))}, Reason.LIMITED),
    ({"promotional": True, "frequency": "weekly", "sent": (NOW - 6.9 * DAY,)}, Reason.OWN_LIMIT),
    ({"promotional": True, "frequency": "monthly", "sent": (NOW - 29.9 * DAY,)}, Reason.OWN_LIMIT),
    ({"promotional": True, "quiet": QUIET}, Reason.QUIET_HOURS),
    ({"has_storefront_link": False}, Reason.NO_STOREFRONT_LINK),
    (_ended(Ending.ORDERED, ordered="1234"), Reason.ORDERED),
    (_ended(Ending.OPEN_ORDER, open_order="1234"), Reason.OPEN_ORDER),
    (_ended(Ending.CANCELLED, order=OrderState(number="7", status="CANCELED")), Reason.CANCELLED),
    (_ended(Ending.RETURNED, order=OrderState(number="7", status="PARTIALLY_RETURNED")), Reason.RETURNED),
    (_ended(Ending.REFUNDED, order=OrderState(number="7", status="FULFILLED", refunded=True)), Reason.REFUNDED),
    (_ended(Ending.ACTIVE, active_at=NOW - HOUR), Reason.CAME_BACK),
    (_ended(Ending.CLICKED, clicked_at=NOW - HOUR), Reason.CLICKED),
]


@pytest.mark.parametrize(("change", "reason"), FORBIDDEN, ids=lambda value: str(value)[:40])
def test_each_of_these_forbids_the_mail(change: dict[str, object], reason: Reason) -> None:
    verdict = ask(replace(FINE, **change))
    assert not verdict.allowed
    assert verdict.reason == reason
    assert verdict.held == (verdict.ask_at is not None) == (reason in HOLDING and not _too_late(change))
    assert verdict.missed == (reason is Reason.LATE)
    assert "an unknown " not in sentence(verdict.reason, verdict.detail), "the sentence has all it says"


def _too_late(change: dict[str, object]) -> bool:
    """Tell whether what would pass does so after the mail's twelve hours."""
    facts = replace(FINE, **change)
    return any(result.until is not None and result.until > facts.expires_at for result in explain(facts))


# Being a customer is no fault: it stands in the table to show that it does not help.
FAULTS = [change for change, _ in FORBIDDEN if "is_customer" not in change]


@given(changes=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=5))
def test_no_two_faults_make_a_right(changes: list[dict[str, object]]) -> None:
    merged: dict[str, object] = {}
    for change in changes:
        merged.update(change)
    assert not ask(replace(FINE, **merged)).allowed


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"basis": "consent", "consent": ("granted", NOW)},
        {"basis": "existing_customer", "is_customer": True},
        {"basis": "existing_customer", "consent": ("granted", NOW)},
        {"basket": replace(BASKET, completing_since=NOW - timedelta(minutes=6))},
        {"flow_mode": "shadow", "shop": ShopFacts(provider_problem="no provider yet")},
        {"basis": "existing_customer", "is_customer": True, "consent": ("granted", NOW), "consent_expires": NOW},
        {"basis": "consent", "consent": ("granted", NOW), "consent_expires": NOW + HOUR},
        {"paused_until": NOW},
        # What must come at once is counted and not stopped.
        {"limits": NORMAL, "sent": (NOW,) * 9, "frequency": "monthly", "quiet": QUIET},
        {"outranked_by": ("birthday", NOW)},
        {"trouble": ("late", "1042")},
        {"promotional": True, "limits": NORMAL, "sent": (NOW - 16 * HOUR,)},
        {"promotional": True, "limits": LIMITS[Stage.ACTIVE], "sent": (NOW - 8 * HOUR,)},
        {"promotional": True, "frequency": "weekly", "sent": (NOW - 7 * DAY,)},
    ],
)
def test_these_let_it_pass(change: dict[str, object]) -> None:
    assert ask(replace(FINE, **change)).allowed


def test_what_ends_one_flow_does_not_end_another() -> None:
    life = LifeFacts(ordered="1234", order=OrderState(number="7", status="CANCELED"), active_at=NOW)
    assert ask(replace(FINE, basket=None, life=life, ends=(Ending.OPEN_ORDER, Ending.CLICKED))).allowed


def test_a_transactional_mail_needs_no_consent_and_knows_no_unsubscribe() -> None:
    facts = replace(
        FINE, purpose="transactional", basis="consent", suppressed=("unsubscribed", NOW), paused_until=NOW + DAY
    )
    assert ask(facts).allowed


def test_what_would_pass_too_late_is_said_at_once() -> None:
    facts = replace(FINE, promotional=True, limits=NORMAL, sent=(NOW - HOUR,))
    assert not ask(facts).held, "fifteen hours to wait, twelve left"
    waiting = ask(replace(facts, expires_at=NOW + 16 * HOUR))
    assert waiting.held
    assert waiting.ask_at == NOW + 15 * HOUR
    assert not ask(replace(facts, expires_at=NOW + 16 * HOUR, may_wait=False)).held, "its step asked to be skipped"


def test_the_table_covers_every_reason_of_the_gate() -> None:
    # Those that an enrollment, a template, a provider or a worker gives; the gate never does.
    elsewhere = {
        *(Reason.COMPLETED, Reason.RECENT, Reason.BAD_ADDRESS, Reason.SHADOW, Reason.TEMPLATE, Reason.REFUSED),
        *(Reason.GAVE_UP, Reason.UNKNOWN, Reason.OLD_NEWS, Reason.PARKED, Reason.STEP, Reason.ENTERED_BEFORE),
        *(Reason.FILTERED, Reason.OUT_OF_SEASON, Reason.CHANNEL_OFF, Reason.TAKEN_OUT),
    }
    assert {reason for _, reason in FORBIDDEN} == set(Reason) - elsewhere


def test_every_rule_is_answered_for_why() -> None:
    results = list(explain(FINE))
    assert len(results) == len({r.rule for r in results}) >= 10
    assert not any(r.reason for r in results)
