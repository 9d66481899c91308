"""Where each ``contact.*`` fact stands in our tables, as SQL: read for a batch and counted by, from one home.

``c`` is the contact and ``p`` its profile, which somebody quite new may not have yet. Refuses to hold a value in the
text of a statement: they all travel as parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from saleor_mailflow.audience.profile_sql import NEWEST_WORD


@dataclass(frozen=True, kw_only=True)
class Sql:
    """A piece of a statement with ``%s`` places, and what stands in them."""

    text: str
    params: tuple[object, ...] = ()


#: Where contacts are read; everybody who may be in a segment: not erased, and no staff.
PEOPLE = "mailflow_contact c LEFT JOIN mailflow_profile p ON p.contact_id = c.id"
COUNTED = "c.erased_at IS NULL AND NOT c.is_staff"

_LINES = "FROM mailflow_purchase bought JOIN mailflow_purchaseline line ON line.purchase_id = bought.id"
_BOUGHT = "WHERE bought.contact_id = c.id AND bought.counts AND bought.status <> 'CANCELED'"
# The category that a product is in now, as far as the shop was asked.
_PRODUCTS = "JOIN mailflow_product product ON product.shop_id = bought.shop_id AND product.ref = line.product_ref"
_SUBSCRIBED = NEWEST_WORD.format(
    what="w.state = 'granted' AND (w.expires_at IS NULL OR w.expires_at > %s::timestamptz)"
)


def _column(text: str) -> Callable[[str, datetime], Sql]:
    return lambda of, now: Sql(text=text)


def _of(text: str) -> Callable[[str, datetime], Sql]:
    return lambda of, now: Sql(text=text, params=(clean(of),))


#: {fact: (which one, now) → its expression}. A text that is empty is not known.
ONE: Mapping[str, Callable[[str, datetime], Sql]] = {
    "contact.language": _column("nullif(c.language, '')"),
    "contact.country": _column("nullif(c.country, '')"),
    "contact.channel": _column("nullif(p.channel, '')"),
    "contact.gender": _column("nullif(c.gender, '')"),
    "contact.age": lambda of, now: Sql(
        text="extract(year FROM age(%s::date, c.birthday))::int", params=(now.date().isoformat(),)
    ),
    "contact.birthday": _column("c.birthday"),
    "contact.has_account": _column("(c.user_ref <> '')"),
    "contact.subscribed": lambda of, now: Sql(text=_SUBSCRIBED, params=(now,)),
    "contact.score": _column("c.score"),
    "contact.attribute": _of("nullif(c.attributes ->> %s::text, '')"),
    "contact.lifecycle": _column("p.lifecycle"),
    # Of whom nothing is reckoned yet, nothing was bought: a purchase brings a profile with it.
    "contact.orders": _column("coalesce(p.orders, 0)"),
    "contact.spent": _of("coalesce((p.spent ->> %s::text)::numeric, 0)"),
    "contact.spent_12m": _of("coalesce((p.spent_12m ->> %s::text)::numeric, 0)"),
    "contact.first_order": _column("p.first_order_at"),
    "contact.last_order": _column("p.last_order_at"),
    "contact.last_active": _column("p.last_active_at"),
    "contact.known_since": _column("c.first_seen_at"),
    "contact.recency": _column("p.recency"),
    "contact.frequency": _column("p.frequency"),
    "contact.monetary": _column("p.monetary"),
}

#: {fact: (the column, from where)} of those that are several texts.
SEVERAL: Mapping[str, tuple[str, str]] = {
    "contact.tags": ("tag.tag", "FROM mailflow_contacttag tag WHERE tag.contact_id = c.id"),
    "contact.products": ("line.product_ref", f"{_LINES} {_BOUGHT} AND line.product_ref <> ''"),
    "contact.categories": ("product.category_ref", f"{_LINES} {_PRODUCTS} {_BOUGHT} AND product.category_ref <> ''"),
}


def clean(text: str) -> str:
    """Return a text as PostgreSQL can take it: what it cannot hold (NUL, half a character) equals nothing in it."""
    return "".join("\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text)
