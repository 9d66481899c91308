"""Which column of which table may name a person, and what becomes of it on erasure. One map; erasing reads it.

Refuses to leave a table out: a test walks every text and JSON column of every table, and fails for one not listed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Model

from saleor_mailflow import models as m


class Fate(StrEnum):
    """What becomes of a column on erasure."""

    #: Emptied.
    CLEARED = "cleared"
    #: Replaced by a keyed hash.
    HASHED = "hashed"


@dataclass(frozen=True, kw_only=True)
class Table:
    """What erasing does to the rows of a person in one table."""

    #: The column by which a row belongs to a contact; "" where it takes more than clearing (``audience.erasing``).
    link: str = ""
    #: Rows of a person are deleted.
    deleted: bool = False
    columns: Mapping[str, Fate] = field(default_factory=dict)
    #: Text and JSON columns that stay as they are → why they name nobody.
    kept: Mapping[str, str] = field(default_factory=dict)


def _cleared(*names: str) -> dict[str, Fate]:
    return dict.fromkeys(names, Fate.CLEARED)


_OURS = "our own word for a kind, state, flow or step"
_SHOP = "of the shop and its channels"
_REFERENCE = "a number by which the shop's own tables know a cart or an order, whose names are theirs to delete"
_NOBODY = Table(kept={"*": "about the shop or a flow, never about a person"})

#: Every table of ours.
TABLES: Mapping[type[Model], Table] = {
    m.Contact: Table(
        columns={"email": Fate.HASHED}
        | _cleared("user_ref", "first_name", "last_name", "language", "country", "timezone", "frequency")
        | _cleared("birthday", "birthday_known_at", "birthday_changed_at", "paused_until")
        | _cleared("gender", "attributes"),
    ),
    m.ContactTag: Table(link="contact_id", deleted=True),
    # Reckoned from the rest, of which nothing is left that is a person's.
    m.Profile: Table(link="contact_id", deleted=True),
    m.SegmentMember: Table(link="contact_id", deleted=True),
    # What was said, when and on which wording stays as proof; where, without the number of an account.
    m.Consent: Table(
        columns={"proof": Fate.CLEARED, "source": Fate.HASHED},
        kept={"entity": _SHOP, "topic": _OURS, "state": _OURS, "basis": _OURS},
    ),
    m.Suppression: Table(
        columns=_cleared("detail"),
        kept={"entity": _SHOP, "email_hash": "a keyed hash, by which the wish is honoured for ever", "reason": _OURS},
    ),
    # Those never confirmed are deleted; of the others stays that and when it was confirmed.
    m.SignUp: Table(
        link="contact_id",
        columns=_cleared("answers", "language"),
        kept={"entity": _SHOP, "channel": _SHOP, "source": "the place of a form, which is the same for everybody"},
    ),
    m.Farewell: Table(
        link="contact_id", columns=_cleared("contact_id"), kept={"flow_key": _OURS, "reason": "one of five, counted"}
    ),
    m.Basket: Table(
        link="contact_id",
        columns=_cleared("email", "user_ref", "lines", "voucher_code") | {"signature": Fate.HASHED},
        kept=dict.fromkeys(("channel", "currency", "language", "country"), _SHOP)
        | {"token": _REFERENCE, "state": _OURS, "payment": _OURS, "considered": "which flows decided about it"},
    ),
    m.Purchase: Table(
        link="contact_id",
        columns=_cleared("email", "user_ref", "voucher_code"),
        kept=dict.fromkeys(("channel", "currency", "language", "country", "status", "origin"), _SHOP)
        | dict.fromkeys(("order_id", "number", "token"), _REFERENCE),
    ),
    m.PurchaseLine: Table(
        kept=dict.fromkeys(
            ("variant_ref", "product_ref", "product_name", "variant_name", "product_slug", "image_url"),
            "a product of the shop",
        )
    ),
    m.Enrollment: Table(
        columns=_cleared("context"), kept={"key": _REFERENCE, "state": _OURS, "cursor": _OURS, "exit_reason": _OURS}
    ),
    m.StepRun: Table(columns=_cleared("detail"), kept={"step": _OURS, "outcome": _OURS}),
    m.Refusal: Table(link="contact_id", columns=_cleared("detail"), kept={"key": _REFERENCE, "reason": _OURS}),
    m.Message: Table(
        columns=_cleared("subject", "html", "text", "links", "detail", "language"),
        kept=dict.fromkeys(("flow_key", "step", "template", "purpose", "topic", "state", "reason", "delivery"), _OURS)
        | {"entity": _SHOP, "provider": _SHOP, "basis": "the rule of the law table by which it was sent"}
        | {"provider_message_id": "the provider's number of the mail, to which a late bounce or complaint refers"},
    ),
    m.DeliveryEvent: Table(
        link="contact_id",
        columns=_cleared("detail"),
        kept={"kind": _OURS, "source": _OURS, "provider": _SHOP, "key": "a keyed hash of the fact"},
    ),
    # Those that wait keep what an order is made of; others about the person are deleted, but for the deletion itself.
    m.Event: Table(
        columns=_cleared("payload", "subject"),
        kept={"kind": _OURS, "dedupe_key": _REFERENCE, "source": _OURS, "parked": "the kind and place of an error"},
    ),
    m.Occasion: Table(
        link="contact_id",
        columns=_cleared("detail"),
        kept={"kind": _OURS, "of": _OURS, "subject": _REFERENCE, "key": _REFERENCE},
    ),
    # A code that was given has to be known again when an order brings it, and taken back when none does.
    m.Coupon: Table(
        kept=dict.fromkeys(("step", "offer_key", "state", "reason", "terms"), _OURS)
        | {"voucher_ref": _SHOP, "code": "a code of the shop, which names nobody"}
    ),
    m.Notice: Table(kept=dict.fromkeys(("step", "target", "state", "reason"), _OURS)),
    m.AuditEntry: Table(
        columns=_cleared("before", "after"),
        kept={"actor": "who works for the shop", "action": _OURS, "subject": "a contact's number in our own tables"},
    ),
    m.Throttle: Table(kept={"key": "a keyed hash, gone after a day"}),
    m.Heartbeat: Table(kept={"name": _OURS, "detail": "what a worker said; a test mail's outcome goes after a day"}),
    m.ConsentWording: _NOBODY,
    m.Topic: _NOBODY,
    m.Segment: _NOBODY,
    m.Offer: _NOBODY,
    m.Product: _NOBODY,
    m.Pairing: _NOBODY,
    m.BestSeller: _NOBODY,
    m.NoticeTarget: _NOBODY,
    m.TemplateVersion: _NOBODY,
    m.FlowDraft: _NOBODY,
    m.Brand: _NOBODY,
    m.SignUpForm: _NOBODY,
    m.Flow: _NOBODY,
    m.FlowVersion: _NOBODY,
    m.Shop: _NOBODY,
    m.LinkKey: _NOBODY,
    m.Watermark: _NOBODY,
}
