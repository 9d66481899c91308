"""Ledgers for ``verify``: one broken in each way that it must see, and one as large as anybody's.

Refuses to be subtle: each break is one statement, or one row written again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from django.db import connection
from django.db.models import F, Model
from django.utils import timezone

from saleor_mailflow.audience.leaving import PREFERENCE_CENTRE
from saleor_mailflow.audience.suppression import suppress
from saleor_mailflow.flows.publish import publish
from saleor_mailflow.flows.steps import Split, Way
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import (
    Basket,
    Consent,
    Contact,
    Coupon,
    Enrollment,
    Flow,
    Message,
    Purchase,
    Shop,
    StepRun,
    Suppression,
)
from saleor_mailflow.process.invariants_people import MOST_A_WEEK
from saleor_mailflow.process.verify import EDITED, OTHER_WAY, SUPPRESSED
from saleor_mailflow.testing.world import START

HOUR = timedelta(hours=1)
#: A while after the only mail left.
LATER = START + 3 * HOUR


def _messages(**values: object) -> Callable[[], object]:
    return lambda: Message.objects.update(**values)


def _again(kind: type[Model], without: str = "", only: str = "", **values: object) -> Callable[[], object]:
    """Write the only row of a kind (of step ``only``) once more, changed, without the constraint that forbids it."""

    def write() -> None:
        if without:
            _run(f"ALTER TABLE {kind._meta.db_table} DROP CONSTRAINT {without}")
        row = kind._default_manager.get(**({"step": only} if only else {}))
        row.pk = None
        for name, value in ({"uuid": uuid4(), **values} if kind is Message else values).items():
            setattr(row, name, value)
        row.save()

    return write


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _bought(email: str = "") -> None:
    basket = Basket.objects.get()
    times = dict.fromkeys(("created_at", "updated_at", "learned_at"), basket.created_at + HOUR / 6)
    whose = {"email": email} if email else {"token": basket.token}
    Purchase.objects.create(shop_id=basket.shop_id, order_id="1", status="UNFULFILLED", **whose, **times)


def _code(**values: object) -> None:
    message = Message.objects.get()
    whose = {"enrollment": message.enrollment, "contact": message.contact, "message": message, **values}
    Coupon.objects.create(shop=message.shop, step="coupon", code="BCDFG", reserved_at=START, **whose)


def _said_no() -> None:
    message = Message.objects.get()
    Consent.objects.create(
        shop=message.shop, contact=message.contact, state="withdrawn", source=PREFERENCE_CENTRE, at=START
    )


def _two_contacts() -> None:
    _run("ALTER TABLE mailflow_contact DROP CONSTRAINT mailflow_contact_once")
    Contact.objects.update(email="anna@example.com")


def _split() -> None:
    """Let the flow have been one that sends half of the people nothing, and the person be one of them."""
    message = Message.objects.get()
    was = message.enrollment.version
    definition = definition_of(was.pk, was.digest)
    ways = (Way(key="mail", weight=1, steps=definition.steps), Way(key="nothing", weight=1))
    version = publish(message.shop, replace(definition, steps=(Split(id="half", choices=ways),)), at=START)
    Enrollment.objects.update(version=version)
    StepRun.objects.create(enrollment=message.enrollment, step="half", outcome="nothing", at=START)


#: What breaks each invariant of a ledger with one person and one mail that left.
BREAKS: dict[str, Callable[[], object]] = {
    "a message that left has neither intent nor end": _messages(intent_at=None),
    "a message that did not leave gives no reason": _messages(state="blocked"),
    "a cart mail was handed over after a purchase that was known before its claim": _bought,
    "an intent is older than any lease": _messages(state="sending", lease_until=timezone.now() - HOUR),
    "a claim is older than any lease": _messages(state="claimed", lease_until=timezone.now() - HOUR),
    "a message ended without an end": _messages(ended_at=None),
    "a message belongs to another contact than its enrollment": lambda: Message.objects.update(
        contact=Contact.objects.get(email="bert@example.com")
    ),
    "a message has no step run that planned it": lambda: StepRun.objects.all().delete(),
    "somebody left without a reason": lambda: Enrollment.objects.update(state="ended", ended_at=F("due_at")),
    "somebody is in a flow and has no time at which to go on": lambda: _run(
        "ALTER TABLE mailflow_enrollment DROP CONSTRAINT mailflow_enrollment_has_timer_or_end",
        "UPDATE mailflow_enrollment SET due_at = NULL",
    ),
    "somebody left a flow and a mail of it was planned after that": lambda: Enrollment.objects.update(
        state="ended", exit_reason="ordered", ended_at=F("entered_at") - HOUR
    ),
    "a message is in a state that nobody knows": _messages(state="lost"),
    "an enrollment is in a state that nobody knows": lambda: _run(
        "ALTER TABLE mailflow_enrollment DROP CONSTRAINT mailflow_enrollment_has_timer_or_end",
        "UPDATE mailflow_enrollment SET state = 'lost'",
    ),
    "one step of one enrollment has two messages, or two messages one idempotency key": _again(
        Message, without="mailflow_message_once", state="missed", reason="late", provider_message_id=""
    ),
    "somebody entered a flow twice by one key": _again(Enrollment, without="mailflow_enrollment_once", basket=None),
    "an intent came before its claim, or an end before its intent": _messages(ended_at=F("intent_at") - HOUR),
    "somebody is inside twice for one basket and activity": _again(Enrollment, key="another"),
    "the same mail left twice to one person within the flow's time": _again(
        Message, step="last_call", provider_message_id=""
    ),
    "promotional mail left within eight hours of another mail": _again(
        Message, step="last_call", template="another", provider_message_id="", promotional=True, claimed_at=LATER
    ),
    "one provider id stands for two messages": _again(Message, step="last_call", template="another"),
    "a message may have left without an intent": _messages(state="unknown", reason="unknown", intent_at=None),
    "a message waits that has ended": _messages(state="planned"),
    "a message was claimed before it was planned": _messages(claimed_at=START, planned_at=LATER),
    "a message is held by nobody, or for ever": _messages(state="claimed", ended_at=None),
    "a message is held that nobody can be at": _messages(lease_until=LATER),
    "somebody is inside a flow and has left it": lambda: Enrollment.objects.update(exit_reason="ordered"),
    "an enrollment is held for ever": lambda: Enrollment.objects.update(lease_until=timezone.now() + 48 * HOUR),
    "an enrollment is held that has ended": lambda: Enrollment.objects.update(
        state="ended", exit_reason="ordered", ended_at=LATER, lease_until=LATER
    ),
    "a message counts below zero": _messages(fence=-1),
    "an enrollment counts below zero": lambda: Enrollment.objects.update(crashes=-1),
    "a message is of another shop or flow than what it is about": _messages(flow_key="win_back"),
    "an enrollment is of another shop or flow than what it is about": lambda: Basket.objects.update(
        shop=Shop.objects.create(domain="other.example", api_url="https://other.example/graphql/", road="app")
    ),
    "one step of one enrollment was taken twice": _again(StepRun, without="mailflow_step_run_once", only="reminder"),
    "one address is two contacts": lambda: _two_contacts(),
    "a step was taken after somebody had left": lambda: Enrollment.objects.update(
        state="ended", exit_reason="ordered", ended_at=F("entered_at") - HOUR, due_at=None
    ),
    "a code was given twice, or belongs to somebody else's mail": lambda: _code(
        contact=Contact.objects.get(email="bert@example.com"), state="minted", minted_at=START
    ),
    "a code says what its own times or its mail contradict": lambda: _code(state="given", given_at=None),
    "a mail was handed over after an order of theirs that ends the flow": lambda: _bought(email="anna@example.com"),
    "a mail was handed over to somebody who had been taken out of the flow, or erased": lambda: (
        Enrollment.objects.update(state="ended", exit_reason="taken_out", ended_at=START, due_at=None)
    ),
    "a mail that needs a yes was handed over to somebody who never gave one": _messages(detail={"basis": "consent"}),
    "a mail was handed over after they had said no on our own page": lambda: _said_no(),
    "more promotional mail left in a week than anybody may get": lambda: [
        _again(
            Message,
            step=f"last_call_{day}",
            template=f"t{day}",
            provider_message_id="",
            promotional=True,
            claimed_at=LATER + day * 24 * HOUR,
            only="reminder",
        )()
        for day in range(1, MOST_A_WEEK + 1)
    ],
    "somebody was erased and is still named (ids of contacts)": lambda: Contact.objects.update(erased_at=LATER),
    EDITED: lambda: _run("UPDATE mailflow_flowversion SET definition = jsonb_set(definition, '{once_per}', '1')"),
    OTHER_WAY: lambda: _split(),
    SUPPRESSED: lambda: suppress(
        shop_id=Shop.objects.get().pk, email="anna@example.com", reason=Suppression.Reason.MANUAL, at=START
    ),
}

_FILL = (
    """
INSERT INTO mailflow_contact (shop_id, email, user_ref, first_name, last_name, language, country, is_staff,
    first_seen_at, updated_at)
SELECT %(shop)s, 'p' || n || '@example.com', '', '', '', '', 'US', false, %(at)s, %(at)s
FROM generate_series(1, %(rows)s / 4) n
""",
    """
INSERT INTO mailflow_enrollment (shop_id, flow_id, version_id, contact_id, key, state, cursor, context, entered_at,
    exit_reason, ended_at, fence, crashes)
SELECT %(shop)s, %(flow)s, %(version)s, id, 'k' || id || ':' || n, 'ended', '{}', '{}', %(at)s + n * interval '30 days',
    'completed', %(at)s + n * interval '30 days' + interval '1 day', 1, 0
FROM mailflow_contact, generate_series(1, 2) n WHERE shop_id = %(shop)s
""",
    """
INSERT INTO mailflow_steprun (enrollment_id, step, outcome, detail, at)
SELECT id, step, 'planned', '{}', entered_at
FROM mailflow_enrollment, unnest(ARRAY['reminder', 'last_call']) step WHERE shop_id = %(shop)s
""",
    """
INSERT INTO mailflow_message (uuid, shop_id, enrollment_id, contact_id, flow_key, step, template, purpose, entity,
    state, reason, detail, planned_at, due_at, expires_at, claimed_at, intent_at, ended_at, fence, attempts, crashes,
    provider, provider_message_id, language, subject, html, text, promotional)
SELECT gen_random_uuid(), shop_id, id, contact_id, 'abandoned_checkout', step, step, 'marketing', '', 'accepted', '',
    '{}', entered_at, entered_at, ended_at, entered_at, entered_at, entered_at, 1, 0, 0, 'memory', 'id' || id || step,
    'en', 'Your cart', repeat('x', 400), '', step = 'last_call'
FROM mailflow_enrollment, unnest(ARRAY['reminder', 'last_call']) step WHERE shop_id = %(shop)s
""",
    """
INSERT INTO mailflow_suppression (shop_id, entity, email_hash, reason, detail, at)
SELECT %(shop)s, '', md5(n::text), 'manual', '', %(at)s FROM generate_series(1, %(rows)s / 100) n
""",
)


def fill(shop: Shop, rows: int, at: object) -> None:
    """Write ``rows`` messages and all that belongs to them."""
    flow = Flow.objects.get(shop=shop)
    values = {"shop": shop.pk, "flow": flow.pk, "version": flow.version_id, "at": at, "rows": rows}
    with connection.cursor() as cursor:
        for statement in _FILL:
            cursor.execute(statement, values)
        cursor.execute("ANALYZE mailflow_message, mailflow_enrollment, mailflow_steprun, mailflow_contact")
