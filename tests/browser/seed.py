"""A shop with something to see on every screen, made straight in the tables. Refuses to send: nothing here is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from saleor_mailflow.audience.form_book import save_form
from saleor_mailflow.audience.segment_book import read_condition
from saleor_mailflow.audience.segment_book import save as save_segment
from saleor_mailflow.audience.topic_book import save_topic
from saleor_mailflow.audit import record_audit
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.messages.registry import registered
from saleor_mailflow.messages.render import render
from saleor_mailflow.models import (
    Consent,
    Contact,
    ContactTag,
    Enrollment,
    Flow,
    LinkKey,
    Message,
    Purchase,
    Refusal,
    Shop,
    Suppression,
)
from saleor_mailflow.testing.world import SETTINGS

STAFF = "staff:7"
#: Name, address, language, country, said yes (None: said nothing), tags.
PEOPLE = (
    ("Anna", "Schäfer", "de", "DE", True, ("engaged",)),
    ("Ben", "Okafor", "en", "GB", True, ("engaged", "vip")),
    ("Chloé", "Martin", "fr", "FR", None, ()),
    ("Dan", "Nowak", "pl", "PL", False, ()),
    ("Eve", "Larsen", "en", "DK", True, ("prefers:shirts",)),
    ("Franz-Maximilian", "von Hohenstein-Wittgenstein", "de", "AT", True, ()),
)


def seed(settings: dict[str, object] | None = None) -> Shop:
    """Return a shop with flows in every state, people inside and out, mails of every fate, and an order."""
    now = datetime.now(UTC)
    shop = Shop.objects.create(
        domain="northmill.example",
        api_url="https://northmill.example/graphql/",
        road=Shop.Road.APP,
        settings=SETTINGS if settings is None else settings,
    )
    LinkKey.objects.create(shop=shop)
    people = [_person(shop, number, now) for number in range(len(PEOPLE))]
    set_mode(shop, "abandoned_checkout", "live", at=now - timedelta(days=12), actor=STAFF)
    set_mode(shop, "welcome", "live", at=now - timedelta(days=9), actor=STAFF)
    set_mode(shop, "win_back", "shadow", at=now - timedelta(days=5), actor=STAFF)
    keys = ("abandoned_checkout", "welcome", "win_back")
    cart, welcome, away = (Flow.objects.get(shop=shop, key=key) for key in keys)
    for number, person in enumerate(people):
        _carts(cart, person, number, now)
    _mail(_inside(welcome, people[0], "shopping_guide", now - timedelta(hours=7)), "sent", now - timedelta(hours=7))
    _mail(_inside(away, people[4], "a_week", now - timedelta(days=2)), "shadowed", now - timedelta(days=2))
    Refusal.objects.create(
        shop=shop,
        flow=away,
        contact=people[0],
        key="quiet:anna",
        reason="open_order",
        detail={"order": "1054"},
        at=now - timedelta(days=1),
    )
    Suppression.objects.create(
        shop=shop,
        email_hash="0" * 64,
        reason="bounced",
        detail="the mailbox does not exist",
        at=now - timedelta(days=3),
    )
    _order(shop, people[0], now - timedelta(days=2, hours=-1))
    readers = read_condition({"fact": "contact.subscribed", "op": "yes"})
    save_segment(shop, "readers", name="Readers", condition=readers, at=now - timedelta(days=4), actor=STAFF)
    save_topic(
        shop,
        "recipes",
        names={"en": "Recipes", "de": "Rezepte"},
        descriptions={"en": "What to make of what you bought, once a month."},
        position=1,
        actor=STAFF,
        at=now - timedelta(days=4),
    )
    save_form(
        shop,
        "footer",
        {"title": {"en": "News from the mill"}, "fields": ["name"], "topics": ["recipes"]},
        channel="default-channel",
        actor=STAFF,
        at=now - timedelta(days=4),
    )
    before, after = {"sender_name": "Mill"}, {"sender_name": "Northmill"}
    record_audit(shop, STAFF, "settings.changed", "settings", before, after, now)
    return shop


def _person(shop: Shop, number: int, now: datetime) -> Contact:
    first, last, language, country, said, tags = PEOPLE[number]
    seen = now - timedelta(days=300 - 40 * number)
    person = Contact.objects.create(
        shop=shop,
        email=f"{first.split('-')[0].lower().replace('é', 'e')}@example.com",
        first_name=first,
        last_name=last,
        user_ref=f"VXNlcjo{number}" if number % 2 == 0 else "",
        language=language,
        country=country,
        first_seen_at=seen,
        updated_at=now - timedelta(days=number),
    )
    if said is not None:
        Consent.objects.create(
            shop=shop,
            contact=person,
            state="granted" if said else "withdrawn",
            source="sign-up page",
            proof="Yes, write me about new things",
            basis="double_opt_in",
            at=seen + timedelta(minutes=4),
        )
    for tag in tags:
        ContactTag.objects.create(contact=person, tag=tag, source="welcome", at=seen + timedelta(days=4))
    return person


def _inside(flow: Flow, person: Contact, step: str, at: datetime, *, left: str = "") -> Enrollment:
    assert flow.version is not None
    ended = at + timedelta(hours=1) if left else None
    return Enrollment.objects.create(
        shop=flow.shop,
        flow=flow,
        version=flow.version,
        contact=person,
        key=f"basket:{person.pk}:{step}:{at.isoformat()}",
        state="ended" if left else "active",
        cursor={"index": 1, "ready_at": at.isoformat(), "at": step},
        entered_at=at,
        due_at=None if left else at + timedelta(days=1),
        ended_at=ended,
        exit_reason=left,
    )


def _carts(flow: Flow, person: Contact, number: int, now: datetime) -> None:
    """What came of everybody's cart: bought after a click, waiting, kept from being sent, too late, unsure, failed."""
    at = now - timedelta(days=2, hours=3 * number)
    fates = ("clicked", "sent", "no_consent", "unsubscribed", "unknown", "failed")
    inside = _inside(flow, person, "until_next_day", at, left="ordered" if number == 0 else "")
    _mail(inside, fates[number % len(fates)], at)


#: Why a mail was not sent, and what the reason saw.
_WHY: dict[str, tuple[str, dict[str, str]]] = {
    "no_consent": ("no_consent", {"country": "FR", "rule": "France: consent (CPCE L34-5)"}),
    "unsubscribed": ("unsubscribed", {"at": "3 March"}),
    "unknown": ("unknown", {}),
    "failed": ("refused", {"problem": "the sender's domain is not verified"}),
}


def _mail(inside: Enrollment, fate: str, at: datetime) -> None:
    states = {
        "clicked": "accepted", "sent": "accepted", "shadowed": "shadowed", "unknown": "unknown", "failed": "failed",
    }  # fmt: skip
    step = next(one for one in CATALOG[inside.flow.key].steps if one.type == "send")
    language = inside.contact.language
    template = str(step.template)  # type: ignore[attr-defined]  # a send step
    mail = render(template, language, registered(template).example(language))
    written = fate in states
    reason, detail = _WHY.get(fate, ("", {}))
    Message.objects.create(
        shop=inside.shop,
        enrollment=inside,
        contact=inside.contact,
        flow_key=inside.flow.key,
        step=step.id,
        template=template,
        purpose="marketing",
        state=states.get(fate, "blocked"),
        reason=reason,
        detail=detail,
        planned_at=at,
        due_at=at,
        expires_at=at + timedelta(hours=12),
        ended_at=at + timedelta(seconds=40),
        intent_at=at if written else None,
        provider="console" if written else "",
        attempts=1 if written else 0,
        language=language if written else "",
        subject=mail.subject if written else "",
        html=mail.html if written else "",
        text=mail.text if written else "",
        basis=f"{inside.contact.country}: consent" if written else "",
        delivery="delivered" if fate in {"clicked", "sent"} else "",
        delivered_at=at + timedelta(minutes=1) if fate in {"clicked", "sent"} else None,
        clicked_at=at + timedelta(minutes=17) if fate == "clicked" else None,
    )


def _order(shop: Shop, person: Contact, at: datetime) -> None:
    Purchase.objects.create(
        shop=shop,
        order_id="T3JkZXI6MQ==",
        number="1054",
        contact=person,
        email=person.email,
        channel="default-channel",
        currency="EUR",
        status="unfulfilled",
        paid=True,
        total=Decimal("84.00"),
        created_at=at,
        updated_at=at,
        learned_at=at,
    )
