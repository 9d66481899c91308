"""Turn the body of a signed webhook into one recorded fact. Refuses to believe the sender's clock and its headers.

The headers of a webhook are not signed, so a replay may carry any event name: the name inside the body decides.
Saleor signs no delivery id and no time of sending, so the key that makes replays harmless is built from the fact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from saleor_mailflow.shop.snapshots import CheckoutSnapshot, CustomerSnapshot, OrderSnapshot
from saleor_mailflow.webhooks import build
from saleor_mailflow.webhooks import values as v
from saleor_mailflow.webhooks.glance import Watched
from saleor_mailflow.webhooks.kinds import DELETIONS, Family, dedupe_key, family_of, kind_of, snake_case

Snapshot = CheckoutSnapshot | OrderSnapshot | CustomerSnapshot

#: How far the shop's clock may be ahead of ours. Anything later is dated back to when it was received.
CLOCK_SKEW = timedelta(minutes=5)
#: How far ahead a deletion is believed: a copy of the shop's words from before it, come when our clock has caught up,
#: is dated by the shop's clock and must not count as later than the deletion.
DELETION_SKEW = timedelta(days=1)

#: Names of times, anywhere in a body.
_TIMES = {"issuedAt", "created", "updatedAt", "dateJoined", "lastLogin"}
#: What may open an account or a password, and what a shop keeps to itself: never stored.
_SECRET_ANYWHERE = {"redirectUrl", "privateMetadata"}
_SECRET_OF_EVENT = _SECRET_ANYWHERE | {"token", "issuingPrincipal", "recipient"}
_WATCHED = Watched(always=_SECRET_ANYWHERE, times=_TIMES)
#: Which member of the event is the subject.
_OBJECT = {
    Family.CHECKOUT: "checkout",
    Family.ORDER: "order",
    Family.FULFILLMENT: "order",
    Family.CUSTOMER: "user",
    Family.VARIANT: "productVariant",
}


@dataclass(frozen=True, kw_only=True)
class ParsedEvent:
    """One fact, ready to be recorded. ``payload`` is JSON without secrets, None where nobody will need it."""

    kind: str
    subject: str
    occurred_at: datetime
    dedupe_key: str
    payload: dict[str, object] | None

    @property
    def snapshot(self) -> Snapshot | None:
        """Return what the payload says of its subject, None where it holds no snapshot. Built anew at every asking."""
        return snapshot_of(self.kind, self.payload)


def parse(body: Mapping[str, object], *, event_name: str, raw: bytes, now: datetime) -> ParsedEvent:
    """Return the fact that a body (see ``body.read_body``) reports. Never raises: unknown events are facts too.

    ``event_name`` is the unsigned header, believed only where the body names no event. ``raw`` are the bytes that
    ``body`` was read from. ``now`` is the aware time of receiving; later times than that (by ``CLOCK_SKEW``) are set to
    it, so that a wrong clock neither postpones nor starts anything; a deletion counts up to ``DELETION_SKEW`` ahead.
    """
    signed_name, event = _event_in(body)
    kind = kind_of(_name(signed_name, event_name.strip().lower(), event))
    found = v.part(event, _OBJECT.get(kind.family, ""))
    subject = _subject(kind.family, found)
    fact = subject
    if kind.family is Family.FULFILLMENT:
        # An order may leave in several parcels: each is a fact of its own.
        fact = v.reference(v.part(event, "fulfillment").get("id"), "Fulfillment")
    issued_at, issued = v.stamp(event.get("issuedAt"))
    key = dedupe_key(kind, fact, issued, v.stamp(found.get("updatedAt"))[1])
    occurred_at = _not_after(issued_at or now, now)
    payload: dict[str, object] | None = None
    if kind.family is not Family.OTHER:
        payload = _kept(event, raw, now)
        payload["issuedAt"] = issued if occurred_at is issued_at else occurred_at.isoformat()
    return ParsedEvent(
        kind=kind.name,
        subject=subject,
        occurred_at=_not_after(issued_at or now, now, DELETION_SKEW) if kind.name in DELETIONS else occurred_at,
        dedupe_key=key or f"{kind.name}:{hashlib.sha256(raw).hexdigest()}",
        payload=payload,
    )


def snapshot_of(kind: str, payload: Mapping[str, object] | None) -> Snapshot | None:
    """Return the snapshot that a recorded payload of ``kind`` holds, or None where it holds none. Never raises."""
    issued_at = v.moment((payload or {}).get("issuedAt"))
    family = family_of(kind)
    if payload is None or issued_at is None:
        return None
    found = v.part(payload, _OBJECT.get(family, ""))
    if family is Family.CHECKOUT:
        return build.checkout_snapshot(found, issued_at)
    if family in (Family.ORDER, Family.FULFILLMENT):
        return build.order_snapshot(found, issued_at)
    return build.customer_snapshot(found, issued_at) if family is Family.CUSTOMER else None


def _event_in(body: Mapping[str, object]) -> tuple[str, Mapping[str, object]]:
    """Return (Saleor's name of the event or "", its fields) of either form of subscription.

    ``subscription { event { … } }`` sends the fields themselves; ``subscription { orderCreated { … } }`` sends
    ``{"data": {"orderCreated": {…}}}``.
    """
    event, name = body, ""
    data = body.get("data")
    if isinstance(data, Mapping) and len(data) == 1 and "__typename" not in body:
        [(field, inner)] = data.items()
        event, name = v.part(inner), snake_case(field)
    typename = event.get("__typename")
    return (snake_case(typename) if isinstance(typename, str) and typename else name), event


def _name(signed: str, header: str, event: Mapping[str, object]) -> str:
    # Before 3.23 Saleor signs a deleted customer as ``CustomerUpdated``: only there the header may say so.
    version = v.text(event.get("version"), 20)
    if (signed, header) == ("customer_updated", "customer_deleted") and version.startswith(("3.20.", "3.21.", "3.22.")):
        return header
    return signed or header


def _subject(family: Family, found: Mapping[str, object]) -> str:
    if family is Family.CHECKOUT:
        return build.checkout_token(found)
    if family in (Family.ORDER, Family.FULFILLMENT):
        return v.uuid_of(found.get("id"), "Order")
    if family is Family.CUSTOMER:
        return v.reference(found.get("id"), "User")
    return v.reference(found.get("id"), "ProductVariant") if family is Family.VARIANT else ""


def _not_after(at: datetime, now: datetime, skew: timedelta = CLOCK_SKEW) -> datetime:
    return now if at > now + skew else at


def _kept(event: Mapping[str, object], raw: bytes, now: datetime) -> dict[str, object]:
    """Return what is stored of an event out of ``raw``: no secrets, and no time later than ``CLOCK_SKEW`` from now."""
    latest = now + CLOCK_SKEW
    if _WATCHED.absent(raw, latest):
        return {name: item for name, item in event.items() if name not in _SECRET_OF_EVENT}
    return _stored(event, latest, now, _SECRET_OF_EVENT)


def _stored(event: Mapping[str, object], latest: datetime, now: datetime, secret: set[str]) -> dict[str, object]:
    """Return a copy of an object without the members named in ``secret``; times after ``latest`` become ``now``."""
    # By exact type, which is all that JSON makes, and a call only for what holds others.
    kept: dict[str, object] = {}
    for name, item in event.items():
        if name in secret:
            continue
        if type(item) is dict:
            kept[name] = _stored(item, latest, now, _SECRET_ANYWHERE)
        elif type(item) is list:
            kept[name] = _stored_items(item, latest, now)
        elif name in _TIMES and type(item) is str:
            at = v.moment(item)
            kept[name] = item if at is None or at <= latest else now.isoformat()
        else:
            kept[name] = item
    return kept


def _stored_items(items: list[object], latest: datetime, now: datetime) -> list[object]:
    return [
        _stored(item, latest, now, _SECRET_ANYWHERE)
        if type(item) is dict
        else _stored_items(item, latest, now)
        if type(item) is list
        else item
        for item in items
    ]
