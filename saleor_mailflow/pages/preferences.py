"""The preference centre: what somebody gets, how often, in which language, for how long not, and nothing at all.

Refuses to need a login, a cookie or a script; to show whose page it is (a mail may have been passed on); and to change
anything on GET. It answers while the plugin is switched off and after every rotation of keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from saleor_mailflow import clock
from saleor_mailflow.audience import choices, law, leaving
from saleor_mailflow.audience.choices import PAUSES, Standing, Wanted
from saleor_mailflow.audience.forms import text_in
from saleor_mailflow.audience.leaving import PREFERENCE_CENTRE
from saleor_mailflow.audience.sign_up import remember_wording
from saleor_mailflow.audience.zones import named, zone_of
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.flows.kinds import MailKind
from saleor_mailflow.messages.formats import day, locale_of
from saleor_mailflow.messages.links import Link, LinkKind, read
from saleor_mailflow.messages.words import LANGUAGES, words
from saleor_mailflow.models import ConsentWording, Contact, Frequency, SignUp, Topic
from saleor_mailflow.pages.guard import language_of, message_of, notice, own_name, page, posted, said, show, texts
from saleor_mailflow.pages.unsubscribe import LESS, farewell
from saleor_mailflow.shop.settings import settings_of


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Whose page it is, what it is about, and what counts."""

    link: Link
    contact: Contact
    settings: ShopSettings
    entity: str
    channel: str
    flow_key: str
    proof: str
    language: str
    topics: Sequence[Topic]
    standing: Standing
    now: datetime

    @property
    def brand(self) -> str:
        """Return the name that the page speaks for."""
        return self.settings.brand_name


@page("GET", "HEAD", "POST")
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show what somebody gets (GET), or save what they want (POST), and say what is so now."""
    now = clock.now()
    link = read(token, LinkKind.PREFERENCES, now)
    if link is None:
        return notice(language_of(request), "mangled", status=404)
    visit = _visit(request, link, now)
    if visit is None:
        return notice(language_of(request), "forgotten", status=410)
    if request.method != "POST":
        return _form(visit)
    return _saved(request, visit, posted(request))


def _visit(request: HttpRequest, link: Link, now: datetime) -> Visit | None:
    contact = Contact.objects.select_related("shop").filter(pk=link.contact_id, shop_id=link.shop_id).first()
    if contact is None or contact.erased_at is not None:
        return None
    settings = settings_of(contact.shop)
    message = message_of(link)
    entity, channel, flow_key, spoken = "", "", "", contact.language
    if message is not None:
        entity, flow_key, spoken = message.entity, message.flow_key, message.language or spoken
        channel = str(message.enrollment.context.get("channel", ""))
        if message.enrollment.basket is not None:
            channel = message.enrollment.basket.channel
    else:
        sign_up = SignUp.objects.filter(uuid=link.message, shop_id=link.shop_id, contact=contact).first()
        if sign_up is not None:
            entity, channel, spoken = sign_up.entity, sign_up.channel, sign_up.language or spoken
    topics = choices.topics_of(contact.shop_id)
    edits = law.parse_overrides(settings.law)[0]
    lawful = law.required(MailKind.MARKETING, contact.country, setting=settings.basis(channel), overrides=edits)
    return Visit(
        link=link,
        contact=contact,
        settings=settings,
        entity=entity,
        channel=channel,
        flow_key=flow_key,
        proof=f"message {link.message}",
        language=language_of(request, contact.language if contact.language_chosen else spoken, message=message),
        topics=topics,
        standing=choices.standing(
            contact,
            [topic.key for topic in topics],
            entity=entity,
            now=now,
            without_consent=lawful.needs is not law.Need.CONSENT,
        ),
        now=now,
    )


def _saved(request: HttpRequest, visit: Visit, form: QueryDict) -> HttpResponse:
    contact, now = visit.contact, visit.now
    place: dict[str, Any] = {"entity": visit.entity, "source": PREFERENCE_CENTRE, "proof": visit.proof, "now": now}
    if "stop" in form:
        leaving.leave(contact, **place)
        return _left(visit)
    if "again" in form:
        leaving.undo(contact, **place)
        return _again(request, visit)
    if "return" in form:
        if not visit.standing.blocked:
            leaving.come_back(contact, **place, wording=_agreed(visit, "return_consent"))
        return _again(request, visit)
    if said(form, "less") in LESS:
        # Offered to somebody who has just left here: back as it was, only less often.
        leaving.undo(contact, **place)
        choices.save(
            contact,
            Wanted(frequency=said(form, "less")),
            visit.standing,
            entity=visit.entity,
            proof="",
            wordings={},
            now=now,
        )
        return _again(request, visit)
    if "reason" in form:
        leaving.say_why(contact, said(form, "reason"), flow_key=visit.flow_key, now=now)
        return notice(visit.language, "thanks", brand=visit.brand)
    wanted = _wanted(visit, form)
    wordings = {
        topic.key: remember_wording(visit.contact.shop_id, visit.language, _wording(visit, topic), now)
        for topic in visit.topics
        if wanted.topics.get(topic.key) and not visit.standing.topics.get(topic.key)
    }
    choices.save(contact, wanted, visit.standing, entity=visit.entity, proof=visit.proof, wordings=wordings, now=now)
    fresh = _visit(request, visit.link, now)
    if fresh is not None and fresh.standing.off and not visit.standing.off:
        return _left(fresh)
    return _again(request, visit)


def _again(request: HttpRequest, visit: Visit) -> HttpResponse:
    fresh = _visit(request, visit.link, visit.now)
    return _form(fresh, saved=True) if fresh is not None else notice(visit.language, "forgotten", status=410)


def _left(visit: Visit) -> HttpResponse:
    return notice(visit.language, "done", brand=visit.brand, button="again", farewell=farewell(visit.language))


def _wanted(visit: Visit, form: QueryDict) -> Wanted:
    """Return what the form asks for. A topic that was not on the page (``offered``) is left as it is."""
    offered, ticked = set(form.getlist("offered")), set(form.getlist("topic"))
    language, pause = said(form, "language"), said(form, "pause")
    return Wanted(
        topics={topic.key: topic.key in ticked for topic in visit.topics if topic.key in offered},
        frequency=said(form, "often") if "often" in form and said(form, "often") in Frequency.values else None,
        pause=int(pause) if pause in {str(weeks) for weeks in (0, *PAUSES)} else None,
        language=language if language in LANGUAGES and language != visit.language else None,
    )


def _wording(visit: Visit, topic: Topic) -> str:
    """Return what stands beside a topic's box, which is what is agreed to by ticking it."""
    asked = texts(visit.language, "preferences", brand=visit.brand)["topics_text"]
    parts = (asked, text_in(topic.names, visit.language, topic.key), text_in(topic.descriptions, visit.language))
    return "\n".join(part for part in parts if part)


def _agreed(visit: Visit, key: str) -> ConsentWording | None:
    text = texts(visit.language, "preferences", brand=visit.brand)[key]
    return remember_wording(visit.contact.shop_id, visit.language, text, visit.now)


def _form(visit: Visit, *, saved: bool = False) -> HttpResponse:
    standing, known, paused = visit.standing, words(visit.language), _paused(visit)
    facts: Mapping[str, Any] = {
        "saved": saved,
        "off": standing.off,
        "blocked": known[f"blocked:{standing.blocked}"] if standing.blocked else "",
        "paused": bool(paused),
        "topics": [
            {
                "key": topic.key,
                "name": text_in(topic.names, visit.language, topic.key),
                "text": text_in(topic.descriptions, visit.language),
                "on": standing.topics.get(topic.key, False),
            }
            for topic in visit.topics
        ],
        "often": [
            {"key": key, "label": known[f"often:{key or 'any'}"], "on": visit.contact.frequency == key}
            for key in Frequency.values
        ],
        "pauses": [{"key": str(weeks), "label": known[f"pause:{weeks}"]} for weeks in PAUSES],
        "languages": [{"key": key, "label": own_name(key), "on": key == visit.language} for key in LANGUAGES],
    }
    return show("preferences", visit.language, "preferences", brand=visit.brand, facts=facts, until=paused)


def _paused(visit: Visit) -> str:
    """Return the day on which mail may come again, as the person writes it; "" where nothing is paused."""
    until = visit.contact.paused_until
    if until is None or until <= visit.now:
        return ""
    known = named(visit.contact.timezone) if visit.contact.timezone else None
    zone = known or zone_of(visit.contact.country, channel_zone=visit.settings.zone(visit.channel)).zone
    return day(until, locale_of(visit.language, visit.contact.country), zone.key)
