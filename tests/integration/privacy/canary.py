"""A person with a mark of theirs in every column of every table that may hold something of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models

from saleor_mailflow import models as m
from saleor_mailflow.audience import personal, suppression
from saleor_mailflow.models import Contact
from saleor_mailflow.testing.world import World

CANARY = "canary7f3a"
EMAIL = f"{CANARY}@example.com"
REF = "VXNlcjo3MTM="


@dataclass
class Person:
    """Rows of one person, by model."""

    contact: Contact
    rows: dict[type[models.Model], Any]


def text_columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Return the columns of a table that can hold a name."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    return [field for field in model._meta.concrete_fields if isinstance(field, kinds)]


def every_table() -> list[type[models.Model]]:
    """Return every table of ours, many-to-many ones included."""
    return list(apps.get_app_config("mailflow").get_models(include_auto_created=True))


def move_in(world: World, at: datetime) -> Person:
    """Make one row of a person in every table, and write the canary into every column that the map says is cleared."""
    shop = world.shop
    suppression.suppress(shop_id=shop.pk, email=EMAIL, reason=m.Suppression.Reason.MANUAL, at=at, detail=CANARY)
    flow = m.Flow.objects.get(shop=shop, key="abandoned_checkout")
    contact = m.Contact.objects.create(shop=shop, email=EMAIL, user_ref=REF, first_seen_at=at, updated_at=at)
    basket = m.Basket.objects.create(
        shop=shop, token="0e" * 16, contact=contact, channel="c", currency="USD", active_at=at, created_at=at,
        last_change=at, learned_at=at, signature="f" * 32,
    )  # fmt: skip
    enrollment = m.Enrollment.objects.create(
        shop=shop, flow=flow, version=flow.version, contact=contact, basket=basket, key="basket:1", entered_at=at,
        due_at=at + timedelta(days=1), context={"activity": 1, "active_at": at.isoformat(), "said": CANARY},
    )  # fmt: skip
    message = m.Message.objects.create(
        shop=shop, enrollment=enrollment, contact=contact, flow_key=flow.key, step="reminder", template="t",
        purpose="marketing", planned_at=at, due_at=at, expires_at=at + timedelta(days=1), state="accepted",
        intent_at=at, ended_at=at, provider="p", provider_message_id="1",
    )  # fmt: skip
    wording = m.ConsentWording.objects.create(shop=shop, language="en", text="I want mail.", digest="d", at=at)
    purchase = m.Purchase.objects.create(
        shop=shop, order_id="1f" * 16, contact=contact, channel="c", currency="USD", status="FULFILLED",
        created_at=at, updated_at=at, learned_at=at, total="12.00",
    )  # fmt: skip
    m.PurchaseLine.objects.create(purchase=purchase, variant_ref="v", quantity=1, unit_price="12", total_price="12")
    consent = m.Consent.objects.create(
        shop=shop, contact=contact, state="granted", source=f"account {REF} metadata newsletter", wording=wording, at=at
    )
    sign_up = {"shop": shop, "contact": contact, "source": "form footer", "created_at": at, "expires_at": at}
    order = {"order": {"id": "T3JkZXI6MQ==", "userEmail": EMAIL.upper(), "lines": [], "user": {"id": REF}}}
    rows: dict[type[models.Model], Any] = {
        m.Contact: contact,
        m.ContactTag: m.ContactTag.objects.create(contact=contact, tag=CANARY, at=at),
        m.Consent: consent,
        m.SignUp: m.SignUp.objects.create(**sign_up, confirmed_at=at),
        m.Farewell: m.Farewell.objects.create(shop=shop, contact=contact, reason="done", at=at),
        m.Basket: basket,
        m.Purchase: purchase,
        m.Enrollment: enrollment,
        m.StepRun: m.StepRun.objects.create(enrollment=enrollment, step="reminder", outcome="planned", at=at),
        m.Refusal: m.Refusal.objects.create(
            shop=shop, flow=flow, contact=contact, key="basket:0", reason="staff", at=at
        ),
        m.Message: message,
        m.DeliveryEvent: m.DeliveryEvent.objects.create(
            shop=shop, message=message, contact=contact, kind="opened", source="ours", key="k", at=at, received_at=at
        ),
        m.Profile: m.Profile.objects.create(
            contact=contact, shop=shop, channel=CANARY, spent={"USD": "12"}, last_order_id="1f" * 16, reckoned_at=at
        ),
        m.SegmentMember: m.SegmentMember.objects.create(
            segment=m.Segment.objects.create(
                shop=shop, key="all", name="All", conditions={"all": []}, created_at=at, updated_at=at
            ),
            contact=contact, since=at,
        ),
        m.Occasion: m.Occasion.objects.create(
            shop=shop, contact=contact, kind="order.paid", key="order.paid:1", at=at, learned_at=at
        ),
        m.Coupon: m.Coupon.objects.create(
            shop=shop, enrollment=enrollment, contact=contact, step="offer", offer_key="o", code="X1", reserved_at=at
        ),
        m.Notice: m.Notice.objects.create(shop=shop, enrollment=enrollment, step="tell", target="crm", due_at=at),
        m.AuditEntry: m.AuditEntry.objects.create(
            shop=shop, at=at, actor="staff:1", action="contact.changed", subject=f"contact:{contact.pk}"
        ),
        m.Event: m.Event.objects.create(
            shop=shop, kind="order.created", dedupe_key="order.created:1", subject="1", source="webhook",
            occurred_at=at, payload={**order, "issuedAt": at.isoformat()},
        ),
    }  # fmt: skip
    m.SignUp.objects.create(**sign_up, answers={"name": CANARY})
    for kind, more in (("customer.updated", {"processed_generation": 1}), ("checkout.updated", {"parked": "no"})):
        m.Event.objects.create(
            shop=shop, kind=kind, dedupe_key=f"{kind}:{REF}", subject=REF, source="webhook", occurred_at=at,
            payload={"user": {"email": EMAIL}} if more.get("parked") else None, **more,
        )  # fmt: skip
    for model, row in rows.items():
        _mark(model, row)
    return Person(contact=contact, rows=rows)


def _mark(model: type[models.Model], row: models.Model) -> None:
    special = {"email", "source", "subject", "context", "signature", "tag", "payload", "user_ref"}
    for field in text_columns(model):
        if field.name not in personal.TABLES[model].columns or field.name in special - {"subject"}:
            continue
        if model is m.Event and field.name == "subject":
            continue
        value: object = CANARY
        if isinstance(field, models.JSONField):
            value = [CANARY] if field.get_default() == [] else {"said": CANARY}
        elif field.max_length:
            value = CANARY[: field.max_length]
        model._default_manager.filter(pk=row.pk).update(**{field.name: value})


def traces(*needles: str) -> list[tuple[str, str, str]]:
    """Return (table, needle, row) wherever one of these texts stands in any column of any table of ours."""
    found = []
    with connection.cursor() as cursor:
        for model in every_table():
            table = model._meta.db_table
            for needle in needles:
                cursor.execute(
                    f"SELECT to_jsonb(t)::text FROM {table} t WHERE to_jsonb(t)::text ILIKE %s", [f"%{needle}%"]
                )
                found += [(table, needle, json.dumps(row)) for (row,) in cursor.fetchall()]
    return found
