"""Everything we hold on one address, as one JSON value of a stable form (``docs/reference/export.schema.json``).

Refuses to leave a column out in silence: every column of every table is either exported or named with the reason.
The form: times are ISO 8601 in UTC, money is ``{"amount": "12.00", "currency": "USD"}``, ids are our own numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from saleor_mailflow import models as m
from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.erasing import erased_mark
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.audit import MAILFLOW, record_audit
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.process.forgetting import Gone, events_naming

#: Counted up when a reader of the old form would misread the new one; a new member alone is no such change.
FORMAT = "saleor-mailflow.export/1"


@dataclass(frozen=True, kw_only=True)
class Section:
    """One member of the export: the rows of one table. ``left_out``: columns → why the person is not told them."""

    model: type[Model]
    left_out: Mapping[str, str]
    #: Money columns, told with the row's own currency.
    money: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the exported columns, in the order of the table."""
        return tuple(f.name for f in self.model._meta.concrete_fields if f.name not in self.left_out)


_WORKER = dict.fromkeys(("lease_until", "fence", "attempts", "crashes"), "how a worker holds the row")
_SHOP = {"shop": "said once, at the top"}

SECTIONS: Mapping[str, Section] = {
    "contacts": Section(model=m.Contact, left_out=_SHOP),
    "tags": Section(model=m.ContactTag, left_out={}),
    "profiles": Section(model=m.Profile, left_out={**_SHOP, "stale": "whether it is to be reckoned again"}),
    "segments": Section(model=m.SegmentMember, left_out={}),
    "consents": Section(model=m.Consent, left_out=_SHOP),
    "sign_ups": Section(model=m.SignUp, left_out={**_SHOP, "uuid": "opens the confirmation"}),
    "suppressions": Section(model=m.Suppression, left_out={**_SHOP, "email_hash": "says nothing without our key"}),
    "baskets": Section(
        model=m.Basket, left_out={**_SHOP, "signature": "a digest of what stands in the row"}, money=("total",)
    ),
    "purchases": Section(model=m.Purchase, left_out=_SHOP, money=("total", "total_refunded")),
    "enrollments": Section(
        model=m.Enrollment, left_out={**_SHOP, **{n: why for n, why in _WORKER.items() if n != "attempts"}}
    ),
    "step_runs": Section(model=m.StepRun, left_out={}),
    "refusals": Section(model=m.Refusal, left_out=_SHOP),
    "messages": Section(model=m.Message, left_out={**_SHOP, **_WORKER}),
    "delivery_events": Section(model=m.DeliveryEvent, left_out={**_SHOP, "key": "a keyed hash of the fact"}),
    "occasions": Section(model=m.Occasion, left_out=_SHOP),
    "coupons": Section(model=m.Coupon, left_out=_SHOP),
    "notices": Section(model=m.Notice, left_out={**_SHOP, "lease_until": _WORKER["lease_until"]}),
    "farewells": Section(model=m.Farewell, left_out=_SHOP),
    "audit": Section(model=m.AuditEntry, left_out=_SHOP),
}


def export_contact(shop: m.Shop, email: str, *, now: datetime, actor: str = MAILFLOW) -> dict[str, Any]:
    """Return everything we hold on an address, a guest's or an account's, and note that it was asked for.

    Of an address that we know nothing of, every list is empty and ``held`` is False. Other addresses of the same
    account are not told: whoever reads this mailbox need not be who reads those. Raises ConfigurationError for what is
    no address.
    """
    address = normalise(email)
    if not address:
        raise ConfigurationError("This is not an email address; give it as it stands in a mail.", key="export")
    key = suppression_key(shop.pk)
    contact = m.Contact.objects.filter(shop=shop, email=address).first()
    found = {name: _rows(name, rows) for name, rows in _everything(shop, contact, address, key).items()}
    gone = Gone(refs=[contact.user_ref] if contact and contact.user_ref else [], emails=[address], at=now)
    waiting = [{"kind": kind, "payload": payload} for _, kind, payload in events_naming(shop.pk, [gone])]
    if contact is not None:
        record_audit(shop, actor, "contact.exported", f"contact:{contact.pk}", at=now)
    return {
        "format": FORMAT,
        "shop": shop.domain,
        "email": address,
        "at": _plain(now),
        "held": bool(waiting) or any(found.values()),
        **found,
        "pending_events": waiting,
    }


def _everything(shop: m.Shop, contact: m.Contact | None, address: str, key: bytes) -> dict[str, QuerySet[Any]]:
    ids = [contact.pk] if contact else []
    theirs = Q(contact_id__in=ids)
    own = Q(contact_id__in=ids) | Q(email=address)
    told = Q(contact_id__in=ids) | Q(message__contact_id__in=ids)
    digest = erased_mark(key, address).removeprefix("erased:")
    rows: dict[str, QuerySet[Any]] = {
        "contacts": m.Contact.objects.filter(pk__in=ids),
        "tags": m.ContactTag.objects.filter(theirs),
        "profiles": m.Profile.objects.filter(theirs),
        "segments": m.SegmentMember.objects.filter(theirs),
        "consents": m.Consent.objects.filter(theirs).select_related("wording"),
        "sign_ups": m.SignUp.objects.filter(theirs).select_related("wording"),
        "suppressions": m.Suppression.objects.filter(shop=shop, email_hash=digest),
        "baskets": m.Basket.objects.filter(own, shop=shop),
        "purchases": m.Purchase.objects.filter(own, shop=shop).prefetch_related("lines"),
        "enrollments": m.Enrollment.objects.filter(theirs),
        "step_runs": m.StepRun.objects.filter(enrollment__contact_id__in=ids),
        "refusals": m.Refusal.objects.filter(theirs),
        "messages": m.Message.objects.filter(theirs),
        "delivery_events": m.DeliveryEvent.objects.filter(told),
        "occasions": m.Occasion.objects.filter(theirs),
        "coupons": m.Coupon.objects.filter(theirs),
        "notices": m.Notice.objects.filter(enrollment__contact_id__in=ids),
        "farewells": m.Farewell.objects.filter(theirs),
        "audit": m.AuditEntry.objects.filter(shop=shop, subject__in=[f"contact:{one}" for one in ids]),
    }
    return {name: queryset.order_by("pk") for name, queryset in rows.items()}


def _rows(name: str, rows: Iterable[Any]) -> list[dict[str, Any]]:
    section = SECTIONS[name]
    found = []
    for row in rows:
        told = {column: _told(section, row, column) for column in section.columns}
        if name == "purchases":
            told["lines"] = [_line(line, row.currency) for line in row.lines.all()]
        found.append(told)
    return found


def _told(section: Section, row: Any, column: str) -> Any:
    if column == "wording":
        words = row.wording
        return words and {"language": words.language, "text": words.text, "at": _plain(words.at)}
    value = getattr(row, row._meta.get_field(column).attname)
    return {"amount": str(value), "currency": row.currency} if column in section.money else _plain(value)


def _line(line: m.PurchaseLine, currency: str) -> dict[str, Any]:
    return {
        **{n: getattr(line, n) for n in ("variant_ref", "product_ref", "product_name", "variant_name", "quantity")},
        "unit_price": {"amount": str(line.unit_price), "currency": currency},
        "total_price": {"amount": str(line.total_price), "currency": currency},
    }


def _plain(value: Any) -> Any:
    """Return a column's value as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, (date, Decimal, UUID)) else value
