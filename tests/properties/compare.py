"""Hold a shop's rows against the model, and read everything that an effect would change.

Refuses to stop at the first difference: a person reading a failure wants to see them all.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from saleor_mailflow.audience import consent
from saleor_mailflow.models import Basket, Contact, Purchase, Shop
from tests.days.oracle import address
from tests.properties.model import FIELDS, Model

#: What a repeated webhook must leave as it is: all that is known, decided and sent. What was recorded of accounts that
#: the shop deleted is let go: that is recorded once more, and must come to nothing.
_TABLES = ("basket", "consent", "contact", "enrollment", "message", "purchase", "purchaseline", "refusal", "steprun",
           "suppression")  # fmt: skip
#: Numbers of rows, and when something known was last heard again, are no effects.
_FACTS = "to_jsonb(t) - ARRAY['id', 'heard_at']"


def differences(shop: Shop, model: Model) -> Iterator[str]:
    """Yield what is not as the model says."""
    yield from _baskets(shop, model)
    yield from _purchases(shop, model)
    yield from _people(shop, model)


def _baskets(shop: Shop, model: Model) -> Iterator[str]:
    rows = {row.token: row for row in Basket.objects.filter(shop=shop)}
    for newest, bought in model.baskets():
        row = rows.get(newest.token)
        deleted = address(newest.email) in model.deleted_addresses
        if row is None or (deleted and not row.email):
            if not deleted:
                yield f"basket {newest.token} is missing"
            continue
        states = {"converted"} if bought else {"open"} if newest.lines else {"open", "emptied"}
        facts = [
            ("state", row.state in states, row.state, states),
            ("email", row.email == address(newest.email), row.email, newest.email),
            ("lines", row.lines == [line.to_json() for line in newest.lines], row.lines, newest.lines),
            ("payment", row.payment == str(newest.payment), row.payment, newest.payment),
            ("country", row.country == newest.country, row.country, newest.country),
            ("stamp", row.last_change == newest.last_change, row.last_change, newest.last_change),
            ("signature", row.signature == newest.signature, row.signature, newest.signature),
        ]
        # Somebody back from changes that all came late was active at some time in between.
        earliest = min(one.last_change for one in model.carts[newest.token])
        facts.append(("activity", earliest <= row.active_at <= newest.last_change, row.active_at, newest.last_change))
        for name, right, seen, wanted in facts:
            if not right:
                yield f"basket {newest.token}: {name} is {seen!r}, must be {wanted!r}"


def _purchases(shop: Shop, model: Model) -> Iterator[str]:
    rows = {row.order_id: row for row in Purchase.objects.filter(shop=shop)}
    for newest in model.purchases():
        row = rows.get(newest.order_id)
        if row is None:
            yield f"purchase {newest.order_id} is missing"
            continue
        gone = model.gone(newest.email, newest.user_ref, newest.created_at)
        deleted = address(newest.email) in model.deleted_addresses
        token = max((one.token for one in model.orders[newest.order_id]), default="")
        wanted = {
            "status": newest.status,
            "counts": newest.counts_as_purchase,
            "token": token,
            # By a clock that is a day off nobody can tell whether an order came before or after the deletion.
            "email": "" if gone or (deleted and not row.email) else address(newest.email),
            "total": newest.total,
        }
        for name, value in wanted.items():
            if getattr(row, name) != value:
                yield f"purchase {newest.order_id}: {name} is {getattr(row, name)!r}, must be {value!r}"


def _people(shop: Shop, model: Model) -> Iterator[str]:
    rows = {row.email: row for row in Contact.objects.filter(shop=shop)}
    people = model.people()
    said = consent.newest([row.pk for row in rows.values()])
    for email in model.deleted_addresses:
        if email in rows and email not in people:
            yield f"{email} had the account deleted and is still known"
    for email, person in people.items():
        row = rows.get(email)
        if row is None or email in model.deleted_addresses:
            if email not in model.deleted_addresses:
                yield f"{email} is not known"
            continue
        for name in FIELDS:
            held = f"{row.first_name} {row.last_name}".strip() if name == "name" else getattr(row, name)
            if held not in person.newest(name):
                yield f"{email}: {name} is {held!r}, must be one of {person.newest(name)}"
        if row.is_staff != person.staff:
            yield f"{email}: is_staff is {row.is_staff}"
        word = said[row.pk][0] if row.pk in said else ""
        if word not in person.wants():
            yield f"{email}: the newest word about mail is {word!r}, must be one of {person.wants()} {person.words}"


def facts(shop: Shop) -> set[tuple[str, str]]:
    """Return what every row of a shop says in every table that an effect would touch."""
    found: set[tuple[str, str]] = set()
    with connection.cursor() as cursor:
        for table in _TABLES:
            key = {"steprun": "enrollment_id IN (SELECT id FROM mailflow_enrollment WHERE shop_id = %s)",
                   "purchaseline": "purchase_id IN (SELECT id FROM mailflow_purchase WHERE shop_id = %s)"}  # fmt: skip
            where = key.get(table, "shop_id = %s")
            cursor.execute(f"SELECT ({_FACTS})::text FROM mailflow_{table} t WHERE {where}", [shop.pk])
            found |= {(table, fact) for (fact,) in cursor.fetchall()}
    return found
