"""Which of Saleor's events we know, and what we call them. Refuses to drop one it does not know: it gets a name too.

Saleor's names are as in its ``Saleor-Event`` header (``order_created``); ours are dotted and past tense.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """What an event is about."""

    #: A checkout, known by its token.
    CHECKOUT = "checkout"
    #: An order, known by its UUID.
    ORDER = "order"
    #: A part of an order on its way; the order is its subject.
    FULFILLMENT = "fulfillment"
    #: An account, known by its global id.
    CUSTOMER = "customer"
    #: A product variant, known by its global id.
    VARIANT = "variant"
    #: Something we have no use for.
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """An event as we name it. ``once`` where it happens to its subject a single time, so the subject dates it."""

    name: str
    family: Family
    once: bool = False


def _kinds(family: Family, prefix: str, ours: str, names: str) -> dict[str, Kind]:
    """Build the kinds of one family; ``names`` holds Saleor's words, ``word=ours`` renames, ``!`` marks once."""
    found: dict[str, Kind] = {}
    for word in names.split():
        saleor, _, renamed = word.rstrip("!").partition("=")
        found[f"{prefix}_{saleor}"] = Kind(name=f"{ours}.{renamed or saleor}", family=family, once=word.endswith("!"))
    return found


KINDS: dict[str, Kind] = {
    **_kinds(Family.CHECKOUT, "checkout", "checkout", "created! updated metadata_updated fully_paid fully_authorized"),
    **_kinds(
        Family.ORDER,
        "order",
        "order",
        "created! confirmed! cancelled! expired! paid fully_paid updated metadata_updated refunded fully_refunded "
        "fulfilled",
    ),
    **_kinds(Family.ORDER, "draft_order", "draft_order", "created! updated deleted!"),
    **_kinds(
        Family.FULFILLMENT,
        "fulfillment",
        "fulfillment",
        "created! approved! canceled=cancelled! metadata_updated tracking_number_updated=tracking_updated",
    ),
    **_kinds(Family.CUSTOMER, "customer", "customer", "created! updated metadata_updated deleted!"),
    **_kinds(
        Family.CUSTOMER,
        "account",
        "account",
        "confirmed! deleted! email_changed confirmation_requested change_email_requested set_password_requested "
        "delete_requested",
    ),
    **_kinds(Family.VARIANT, "product_variant", "product_variant", "back_in_stock out_of_stock stock_updated"),
}

#: An account is gone, and its owner with it.
DELETIONS = ("customer.deleted", "account.deleted")

#: Saleor's names by those of the types in its schema (``OrderCreated``), which name the event in most bodies.
_BY_TYPE = {"".join(map(str.capitalize, name.split("_"))): name for name in KINDS}
_BY_OUR_NAME = {kind.name: kind for kind in KINDS.values()}
_NAME = re.compile(r"[a-z0-9_]{1,50}")


def kind_of(saleor_name: str) -> Kind:
    """Return the kind of one of Saleor's events; one we do not know becomes ``unknown:<its name>``."""
    name = saleor_name if _NAME.fullmatch(saleor_name) else "unnamed"
    return KINDS.get(name) or Kind(name=f"unknown:{name}", family=Family.OTHER)


def family_of(name: str) -> Family:
    """Return what one of our own kinds is about."""
    found = _BY_OUR_NAME.get(name)
    return found.family if found else Family.OTHER


def dedupe_key(kind: Kind, subject: str, issued_at: str | None, changed_at: str | None = None) -> str | None:
    """Return the key that every road gives to the same fact, or None where subject or time are not known.

    ``changed_at`` is the subject's own stamp: two changes in one request of the shop share ``issued_at``, and the
    second must not be taken for a replay of the first. Both are what ``datetime.isoformat`` makes of a time of UTC.
    """
    if not subject:
        return None
    if kind.once:
        return f"{kind.name}:{subject}"
    if issued_at is None:
        return None
    key = f"{kind.name}:{subject}:{issued_at}"
    return key if changed_at is None else f"{key}:{changed_at}"


def snake_case(name: str) -> str:
    """Return ``OrderCreated`` and ``orderCreated`` as ``order_created``."""
    return _BY_TYPE.get(name) or re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
