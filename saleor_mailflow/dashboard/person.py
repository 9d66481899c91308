"""What one person got, will get and did not get, as rows for a widget. Reads what rows and rules say, and adds nothing.

Refuses to look further back than anybody scrolls in a side bar: the whole story is on the person's page.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from saleor_mailflow.flows.catalog import CATALOG, OURS
from saleor_mailflow.flows.reasons import sentence
from saleor_mailflow.flows.resend import KEY, MOST, STATES, times_sent_again
from saleor_mailflow.flows.tick import shop_facts
from saleor_mailflow.flows.why import Entry, Why, why
from saleor_mailflow.models import Contact, Enrollment, Message, Purchase, Shop
from saleor_mailflow.shop.connect import gateway_for
from saleor_mailflow.shop.settings import settings_of

#: Mails looked at, and rows shown of each kind before "more".
MAILS, SHOWN = 30, 4

_GOT = {Message.State.ACCEPTED, Message.State.UNKNOWN, Message.State.SHADOWED, Message.State.SENDING}
_NOT = {Message.State.BLOCKED, Message.State.MISSED, Message.State.FAILED}
#: What became of a mail, and whether that is good news.
_BECAME: dict[str, tuple[str, str]] = {
    "delivered": ("Delivered.", "good"),
    "opened": ("Opened.", "good"),
    "clicked": ("They clicked in it.", "good"),
    "bounced": ("Returned: the mailbox does not exist.", "bad"),
    "soft_bounced": ("Returned: the mailbox could not take it.", "bad"),
    "rejected": ("The other side did not take it.", "bad"),
    "complained": ("They called it spam.", "bad"),
    "unsubscribed": ("They unsubscribed by it.", "bad"),
    "deferred": ("The provider is still trying.", ""),
}
_STANDS = {
    Message.State.ACCEPTED: "The provider took it.",
    Message.State.SENDING: "It is being handed over.",
    Message.State.SHADOWED: "Not really: the flow is only rehearsed.",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a widget. ``again`` is the mail to send again, "" where there is nothing to press."""

    title: str
    about: str
    at: datetime
    said: str
    tone: str = ""
    again: str = ""
    nth: int = 0

    def facts(self) -> dict[str, Any]:
        """Return it as plain values for the page."""
        return {
            "title": self.title,
            "about": self.about,
            "at": self.at.isoformat(timespec="minutes"),
            "shown": f"{self.at:%d %b %Y, %H:%M} UTC",
            "said": self.said,
            "tone": self.tone,
            "again": self.again,
            "nth": self.nth,
        }


@dataclass(frozen=True, kw_only=True)
class Mails:
    """One person's mails: what came, what is to come, what did not come, and what counts for them."""

    got: list[Row] = field(default_factory=list)
    coming: list[Row] = field(default_factory=list)
    missing: list[Row] = field(default_factory=list)
    says: tuple[str, ...] = ()


def bare_id(reference: str, kind: str) -> str:
    """Return the id in a global id of Saleor's (``Order:…`` in base64), or the text itself where it is none."""
    try:
        found, colon, key = base64.b64decode(reference, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return reference[:36]
    return key[:36] if colon and found == kind else reference[:36]


def buyer_of(shop: Shop, order: str) -> Purchase | None:
    """Return the purchase behind an order's global id, None where we have not heard of it."""
    purchases = Purchase.objects.filter(shop=shop, order_id=bare_id(order, "Order"))
    return purchases.select_related("contact").first()


def customer_of(shop: Shop, reference: str) -> Contact | None:
    """Return the contact of an account's global id, None where we have not heard of it."""
    return Contact.objects.filter(shop=shop, user_ref=reference or "-").order_by("-updated_at").first()


def mails_of(shop: Shop, contact: Contact, now: datetime) -> Mails:
    """Return a person's mails as they stand at ``now``. A fixed number of queries."""
    rows = list(
        Message.objects.filter(shop=shop, contact=contact)
        .defer("html", "text", "links")
        .order_by("-planned_at", "-id")[:MAILS]
    )
    again = times_sent_again([row.uuid for row in rows])
    gateway, settings = gateway_for(shop), settings_of(shop)
    answer = why(
        shop,
        contact.email,
        settings=settings,
        shop_facts=shop_facts(shop, settings, gateway),
        gateway=gateway,
        now=now,
    )
    missing = [_not_sent(row) for row in rows if row.state in _NOT]
    missing += _refused_again(shop, contact)
    missing += [_entry(one) for one in answer.timeline if one.what == "did not enter"]
    return Mails(
        got=[_sent(row, again[row.uuid]) for row in rows if row.state in _GOT],
        coming=_coming(answer, now),
        missing=sorted(missing, key=lambda row: row.at, reverse=True),
        says=answer.says,
    )


def _refused_again(shop: Shop, contact: Contact) -> list[Row]:
    """Return what was to be sent again and came to no mail: whoever pressed the button wants to know why."""
    ended = Enrollment.objects.filter(
        shop=shop, contact=contact, flow__key=KEY, state=Enrollment.State.ENDED, messages=None
    )
    return [
        Row(
            title="To be sent again",
            about=flow_name(KEY),
            at=one.ended_at or one.entered_at,
            said=sentence(one.exit_reason, one.context.get("exit", {})),
        )
        for one in ended.order_by("-ended_at")[:MAILS]
    ]


def flow_name(key: str) -> str:
    """Return what a flow is called, its key in words where we do not know it."""
    if key == KEY:
        return "Sent again by hand"
    known = CATALOG.get(key) or OURS.get(key)
    return known.name if known is not None else _words(key)


def _sent(row: Message, times: int) -> Row:
    said, tone = _BECAME.get(row.delivery, (_STANDS.get(Message.State(row.state), ""), ""))
    if row.reason:
        said, tone = sentence(row.reason, row.detail), "bad"
    if times:
        said = f"{said} Sent again {'once' if times == 1 else f'{times} times'}.".strip()
    return _row(row, said, tone, times)


def _not_sent(row: Message) -> Row:
    return _row(row, sentence(row.reason, row.detail) if row.reason else "It was not sent.", "", 0)


def _row(row: Message, said: str, tone: str, times: int) -> Row:
    pressable = row.state in STATES and row.flow_key != KEY and times < MOST
    return Row(
        title=row.subject or _words(row.step),
        about=flow_name(row.flow_key),
        at=row.ended_at or row.due_at,
        said=said,
        tone=tone,
        again=str(row.uuid) if pressable else "",
        nth=times + 1,
    )


def _coming(answer: Why, now: datetime) -> list[Row]:
    """Return what is due or waits, the next first, with what would hold it back if it were asked now."""
    held: dict[str, str] = {}
    for rule in answer.rules:
        if rule.sentence:
            held.setdefault(rule.message, rule.sentence)
    waiting = {one.flow for one in answer.timeline if _waits(one)}
    rows = []
    for one in answer.timeline:
        step = one.what.partition(": ")[0]
        if _waits(one):
            text = f"As things stand it would not go. {held[step]}" if step in held else ""
            rows.append(_entry(one, said=text, title=_words(step)))
        # A flow whose mail waits is not named twice.
        elif one.at > now and one.what != "left" and not (one.what == "next step" and one.flow in waiting):
            rows.append(_entry(one))
    return rows


def _waits(one: Entry) -> bool:
    """Tell whether a mail is planned and has not left."""
    return one.what.partition(": ")[2] in {"waits", "is being sent"}


def _entry(one: Entry, *, said: str | None = None, title: str = "") -> Row:
    named = title or {"did not enter": "Did not enter", "next step": "Next step"}.get(one.what, _words(one.what))
    return Row(title=named, about=flow_name(one.flow), at=one.at, said=one.sentence if said is None else said)


def _words(key: str) -> str:
    words = key.replace("_", " ")
    return words[:1].upper() + words[1:]
