"""What became of an order between two looks at it: when it was confirmed, paid, sent; and the occasions of that.

Refuses to make an occasion of what nobody ordered by themselves: drafts, imports and reissues begin no flow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from saleor_mailflow.audience.occasions import Note
from saleor_mailflow.models import Purchase

#: Orders that a shopper made. Saleor: ``saleor/order/__init__.py::OrderOrigin``.
BY_A_SHOPPER = frozenset({"CHECKOUT", ""})
_NOT_CONFIRMED = frozenset({"DRAFT", "UNCONFIRMED", "EXPIRED"})
_SENT = frozenset({"FULFILLED", "PARTIALLY_RETURNED", "RETURNED"})


def date_it(new: Purchase, old: Purchase | None) -> None:
    """Write into ``new`` when it came to be confirmed, paid and sent, as far as that can be known.

    An order is dated by the look that first saw it so: by its last change, and its making where it was so from the
    start. What was once dated stays: an order does not become unpaid in the past.
    """
    seen_first = new.created_at if old is None and new.updated_at <= new.created_at else new.updated_at
    if new.status not in _NOT_CONFIRMED and new.status != "CANCELED":
        # Most shops confirm in the moment of the order; whoever sees it later cannot tell, and it hardly differs.
        new.confirmed_at = old.confirmed_at if old and old.confirmed_at else (seen_first if old else new.created_at)
    else:
        new.confirmed_at = old.confirmed_at if old else None
    new.paid_at = (old.paid_at if old and old.paid_at else seen_first) if new.paid else (old.paid_at if old else None)
    if new.status in _SENT:
        new.fulfilled_at = old.fulfilled_at if old and old.fulfilled_at else seen_first
    else:
        new.fulfilled_at = old.fulfilled_at if old else None


def notes_of(pairs: Sequence[tuple[Purchase, Purchase | None]]) -> Iterator[Note]:
    """Yield the occasions of orders, each with how it was known before. A fact that is known has its key already."""
    for new, old in pairs:
        if new.contact_id is None or new.origin not in BY_A_SHOPPER or new.status == "DRAFT":
            continue
        for kind, at in _facts(new, old):
            if at is not None:
                yield Note(
                    contact_id=new.contact_id,
                    kind=kind,
                    key=f"{kind}:{new.order_id}",
                    at=at,
                    subject=f"order:{new.order_id}",
                    detail={"channel": new.channel, "language": new.language},
                )


def _facts(new: Purchase, old: Purchase | None) -> Iterator[tuple[str, datetime | None]]:
    if old is None:
        yield "order.created", new.created_at if new.counts else None
    if old is None or old.confirmed_at is None:
        yield "order.confirmed", new.confirmed_at
    if old is None or old.paid_at is None:
        yield "order.paid", new.paid_at
    if (old is None or old.fulfilled_at is None) and not new.silent:
        yield "order.fulfilled", new.fulfilled_at
    was = old.status if old else ""
    if new.status == "CANCELED" and was != "CANCELED":
        yield "order.cancelled", new.updated_at
    if new.status in {"RETURNED", "PARTIALLY_RETURNED"} and was not in {"RETURNED", "PARTIALLY_RETURNED"}:
        yield "order.returned", new.updated_at
    if new.total_refunded > 0 and (old is None or old.total_refunded == 0):
        yield "order.refunded", new.updated_at
