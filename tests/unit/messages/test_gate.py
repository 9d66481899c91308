"""The gate as a table: each fact that forbids a mail, and that nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.flows.goals import BasketFacts
from saleor_mailflow.flows.reasons import HOLDING, Reason
from saleor_mailflow.messages.gate import GateFacts, ShopFacts, ask, explain

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
BASKET = BasketFacts(state="open", line_count=2, activity=1, active_at=NOW - timedelta(hours=1))
FINE = GateFacts(
    now=NOW,
    expires_at=NOW + timedelta(hours=12),
    shop=ShopFacts(),
    flow_mode="live",
    purpose="marketing",
    basis="none",
    basket=BASKET,
    entered_activity=1,
)

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
    ({"basis": "existing_customer"}, Reason.NOT_A_CUSTOMER),
    ({"consent": ("withdrawn", NOW)}, Reason.CONSENT_WITHDRAWN),
    ({"already_sent_at": NOW - timedelta(days=2)}, Reason.ALREADY_SENT),
    ({"expires_at": NOW - timedelta(seconds=1)}, Reason.LATE),
    ({"shop": ShopFacts(disabled=True)}, Reason.DISABLED),
    ({"shop": ShopFacts(paused=True)}, Reason.PAUSED),
    ({"shop": ShopFacts(copy=("a", "b"))}, Reason.COPY),
    ({"shop": ShopFacts(has_sender=False)}, Reason.NO_SENDER),
    ({"shop": ShopFacts(has_postal_address=False)}, Reason.NO_POSTAL_ADDRESS),
    ({"shop": ShopFacts(provider_problem="no key")}, Reason.NO_PROVIDER),
    ({"flow_mode": "off"}, Reason.FLOW_OFF),
    ({"has_storefront_link": False}, Reason.NO_STOREFRONT_LINK),
]


@pytest.mark.parametrize(("change", "reason"), FORBIDDEN, ids=lambda value: str(value)[:40])
def test_each_of_these_forbids_the_mail(change: dict[str, object], reason: Reason) -> None:
    verdict = ask(replace(FINE, **change))
    assert not verdict.allowed
    assert verdict.reason == reason
    assert verdict.held == (reason in HOLDING)
    assert verdict.missed == (reason is Reason.LATE)


@given(changes=st.lists(st.sampled_from([change for change, _ in FORBIDDEN]), min_size=1, max_size=5))
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
    ],
)
def test_these_let_it_pass(change: dict[str, object]) -> None:
    assert ask(replace(FINE, **change)).allowed


def test_a_transactional_mail_needs_no_consent_and_knows_no_unsubscribe() -> None:
    facts = replace(FINE, purpose="transactional", basis="consent", suppressed=("unsubscribed", NOW))
    assert ask(facts).allowed


def test_every_rule_is_answered_for_why() -> None:
    results = list(explain(FINE))
    assert len(results) == len({r.rule for r in results}) >= 10
    assert not any(r.reason for r in results)
