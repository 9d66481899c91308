"""The preference centre and leaving, against a real database. First what must not happen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from saleor_mailflow import clock
from saleor_mailflow.audience import consent
from saleor_mailflow.audience.leaving import PREFERENCE_CENTRE, UNSUBSCRIBE_LINK
from saleor_mailflow.audience.said import UMBRELLA, Said
from saleor_mailflow.audience.suppression import suppress, suppressed
from saleor_mailflow.models import (
    Consent,
    Contact,
    Enrollment,
    Farewell,
    LinkKey,
    Message,
    Shop,
    Suppression,
    Topic,
)
from saleor_mailflow.testing.world import World
from tests.integration.pages.conftest import ANNA, at, contact, guarded, link_in, signer

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
SAVE = {"offered": ["new", "offers"], "often": "", "pause": "keep", "language": "en", "save": "1"}


def page_of(world: World, person: Contact, message: UUID | None = None) -> str:
    return signer(world).preferences(contact_id=person.pk, message=message or uuid4())


def out_of(world: World, person: Contact, message: UUID | None = None) -> str:
    return signer(world).unsubscribe(contact_id=person.pk, message=message or uuid4())


def silent(world: World, email: str = ANNA, entity: str = "") -> bool:
    return email in suppressed(world.shop.pk, [email], entity)


def said(person: Contact) -> list[tuple[str, str, str]]:
    """Return (topic, state, source) of everything a person said, in order."""
    rows = Consent.objects.filter(contact=person).order_by("at", "id")
    return [(row.topic, row.state, row.source) for row in rows]


def agreed(world: World, person: Contact, topic: str = UMBRELLA, **more: object) -> None:
    """Let somebody have said yes a day ago."""
    one = Said(
        contact_id=person.pk, state=Consent.State.GRANTED, source="checkout", proof="yes", topic=topic,
        at=world.now - timedelta(days=1), **more,
    )  # fmt: skip
    consent.append(world.shop.pk, [one])


def later(world: World, **time: float) -> None:
    world.now += timedelta(**time or {"minutes": 1})
    clock.install(clock.FrozenClock(world.now))


# Looking changes nothing, and no other link opens the page.


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch", "options", "trace"])
def test_looking_changes_nothing(client: Client, shop: World, digest: Callable[[], str], method: str) -> None:
    person = contact(shop)
    before = digest()
    for link in (page_of(shop, person), out_of(shop, person), "/p/x/"):
        for address in (link, link.rstrip("/"), f"{link}?stop=1&return=1&again=1&save=1&often=weekly&reason=done"):
            assert getattr(client, method)(address).status_code < 500
    assert digest() == before
    client.post(page_of(shop, person), {"stop": "1"})
    assert digest() != before


def test_no_other_link_opens_the_page(client: Client, shop: World, digest: Callable[[], str]) -> None:
    person, eva = contact(shop), contact(shop, "eva@example.com")
    other = World.begin(domain="other.example").shop
    key = LinkKey.objects.get(shop=other).key.encode()
    signs, message = signer(shop), uuid4()
    good, evas = page_of(shop, person, message), page_of(shop, eva, message)
    forged = [
        good[:-2] + ("A" if good[-2] != "A" else "B") + "/",
        good[:-9] + "/",
        # One person's name over another's signature; another shop's key; a shop's own key for another shop's person.
        good[:47] + evas[47:],
        type(signs)(shop.shop.pk, [key], base="").preferences(contact_id=person.pk, message=message),
        type(signs)(other.pk, [key], base="").preferences(contact_id=person.pk, message=message),
        signs.unsubscribe(contact_id=person.pk, message=message).replace("/u/", "/p/"),
        signs.restore(contact_id=person.pk, message=message, now=shop.now).replace("/r/", "/p/"),
        signs.confirm(contact_id=person.pk, sign_up=message, until=shop.now + timedelta(days=1)).replace("/c/", "/p/"),
        signs.click(contact_id=person.pk, message=message, number=0).replace("/l/", "/p/"),
    ]
    before = digest()
    for link in forged:
        assert client.get(link).status_code in {404, 410}
        for body in ({"stop": "1"}, {"return": "1"}, {**SAVE, "often": "weekly"}, {"reason": "done"}):
            assert client.post(link, body).status_code in {404, 410}
    for letter in "urc":
        client.post(good.replace("/p/", f"/{letter}/"), {**ONE_CLICK, "confirm": "1"})
    assert digest() == before


def test_one_persons_page_changes_nobody_else(client: Client, shop: World) -> None:
    person, eva = contact(shop), contact(shop, "eva@example.com")
    client.post(page_of(shop, person), {"stop": "1"})
    client.post(page_of(shop, person), {"reason": "done"})
    assert silent(shop)
    assert not silent(shop, eva.email)
    assert said(eva) == []
    assert list(Farewell.objects.values_list("contact", flat=True)) == [person.pk]


def test_the_page_shows_nobodys_address_or_name(client: Client, shop: World) -> None:
    person = contact(shop, first_name="Anna", last_name="Nowak")
    link = page_of(shop, person)
    for answer in (client.get(link), client.post(link, SAVE), client.post(link, {"stop": "1"})):
        shown = guarded(answer)
        assert not re.search("anna@|Anna|Nowak", shown)


def test_an_erased_person_has_no_page(client: Client, shop: World, digest: Callable[[], str]) -> None:
    person = contact(shop)
    link = page_of(shop, person)
    Contact.objects.update(email="erased:0", erased_at=shop.now)
    before = digest()
    for body in ({"stop": "1"}, SAVE, {"return": "1"}):
        assert client.post(link, body).status_code == 410
    assert client.get(link).status_code == 410
    assert digest() == before


# A box that nobody touched is no word.


def test_saving_what_is_so_already_says_nothing(client: Client, shop: World) -> None:
    person = contact(shop, country="DE")
    client.post(page_of(shop, person), SAVE)
    agreed(shop, person)
    client.post(page_of(shop, person), {**SAVE, "topic": ["new", "offers"]})
    assert said(person) == [("marketing", "granted", "checkout")]
    person.refresh_from_db()
    assert (person.frequency, person.paused_until, person.language_chosen) == ("", None, False)


def test_a_topic_that_was_not_on_the_page_is_left_alone(client: Client, shop: World) -> None:
    person = contact(shop)
    agreed(shop, person)
    Topic.objects.create(shop=shop.shop, key="fresh", names={"en": "Fresh"})
    client.post(page_of(shop, person), {**SAVE, "topic": ["new", "fresh", "nothing"]})
    assert said(person)[1:] == [("offers", "withdrawn", PREFERENCE_CENTRE)]


@pytest.mark.parametrize(("country", "ticked"), [("DE", 0), ("US", 2)])
def test_the_page_shows_what_comes_and_not_what_was_never_said(
    client: Client, shop: World, country: str, ticked: int
) -> None:
    person = contact(shop, country=country)
    assert guarded(client.get(page_of(shop, person))).count('type="checkbox"') == 2
    boxes = re.findall(r'type="checkbox"[^>]* checked', client.get(page_of(shop, person)).content.decode())
    assert len(boxes) == ticked


# What people choose.


def test_a_topic_is_given_and_taken_with_its_words(client: Client, shop: World) -> None:
    person = contact(shop, country="DE")
    link = page_of(shop, person)
    shown = guarded(client.post(link, {**SAVE, "topic": ["offers"]}))
    assert 'role="status"' in shown
    word = Consent.objects.get()
    assert (word.topic, word.state, word.basis, word.source) == ("offers", "granted", "box", PREFERENCE_CENTRE)
    assert word.wording.text.splitlines()[1:] == ["Offers", "About Offers."]
    for line in word.wording.text.splitlines():
        assert line in shown
    later(shop)
    client.post(link, {**SAVE, "topic": ["new"]})
    changes = {("new", "granted", PREFERENCE_CENTRE), ("offers", "withdrawn", PREFERENCE_CENTRE)}
    assert set(said(person)[1:]) == changes
    assert not silent(shop)


def test_how_often_and_which_language(client: Client, shop: World) -> None:
    person = contact(shop, language="DE")
    link = page_of(shop, person)
    assert "Höchstens einmal pro Woche" in guarded(client.get(link))
    english = guarded(client.post(link, {**SAVE, "often": "weekly", "language": "en"}))
    assert 'lang="en"' in english
    person.refresh_from_db()
    assert (person.frequency, person.language, person.language_chosen) == ("weekly", "en", True)
    client.post(link, {**SAVE, "often": "hourly", "pause": "-3", "language": "tlh"})
    person.refresh_from_db()
    assert (person.frequency, person.language, person.paused_until) == ("weekly", "en", None)


@pytest.mark.parametrize("weeks", [2, 4, 8])
def test_a_break_begins_and_ends(client: Client, shop: World, weeks: int) -> None:
    person = contact(shop)
    link = page_of(shop, person)
    until = shop.now + timedelta(weeks=weeks)
    assert f"until {until:%B} {until.day}, {until.year}" in guarded(client.post(link, {**SAVE, "pause": str(weeks)}))
    later(shop, days=1)
    client.post(link, SAVE)
    person.refresh_from_db()
    assert person.paused_until == until
    assert "No break" in guarded(client.post(link, {**SAVE, "pause": "0"}))
    person.refresh_from_db()
    assert person.paused_until is None
    client.post(link, {**SAVE, "pause": "2"})
    later(shop, weeks=2)
    assert "No break" in guarded(client.get(link))


# Nothing any more.


@pytest.mark.parametrize("way", ["stop", "untick"])
def test_all_off_and_back(client: Client, shop: World, way: str) -> None:
    person = contact(shop)
    agreed(shop, person)
    link = page_of(shop, person)
    left = guarded(client.post(link, {"stop": "1"} if way == "stop" else SAVE))
    assert "You are unsubscribed" in left
    assert silent(shop)
    assert said(person)[-1] == ("marketing", "withdrawn", PREFERENCE_CENTRE)
    shown = guarded(client.get(link))
    assert "checked" not in shown
    assert 'name="stop"' not in shown
    later(shop)
    client.post(link, {"return": "1"})
    assert not silent(shop)
    word = Consent.objects.order_by("-at", "-id")[0]
    assert (word.state, word.basis) == ("granted", "box")
    assert word.wording.text in shown
    assert 'name="stop"' in guarded(client.get(link))


def test_coming_back_for_one_topic_is_coming_back_for_that(client: Client, shop: World) -> None:
    person = contact(shop)
    agreed(shop, person)
    link = page_of(shop, person)
    client.post(link, {"stop": "1"})
    later(shop)
    client.post(link, {"offered": ["new", "offers"], "topic": ["offers"], "language": "en"})
    assert not silent(shop)
    words = consent.words([person.pk])[person.pk]
    assert consent.standing(words, topic="offers").granted
    assert not consent.standing(words, topic="new").granted
    assert not consent.standing(words).granted


@pytest.mark.parametrize("reason", ["bounced", "complained", "manual"])
def test_what_only_the_shop_can_let_go_stays(client: Client, shop: World, reason: str) -> None:
    person = contact(shop)
    suppress(shop_id=shop.shop.pk, email=ANNA, reason=Suppression.Reason(reason), at=shop.now)
    link = page_of(shop, person)
    assert "please tell the shop" in guarded(client.get(link))
    for body in ({"return": "1"}, {"again": "1"}, {**SAVE, "topic": ["new"]}, {"less": "weekly"}):
        client.post(link, body)
    assert Suppression.objects.get().reason == reason
    assert ("marketing", "granted", PREFERENCE_CENTRE) not in said(person)


def test_each_sending_entity_is_left_by_itself(client: Client, shop: World) -> None:
    shop.people.checkout(shop.now, channel="outlet")
    shop.shop.settings["sending_entities"] = "outlet = outlet"
    shop.shop.save()
    shop.after(hours=2)
    at(shop)
    [mail] = shop.mails
    assert Message.objects.get(state="accepted").entity == "outlet"
    client.post(link_in(mail, "p"), {"stop": "1"})
    assert (silent(shop, entity="outlet"), silent(shop)) == (True, False)
    assert set(Consent.objects.values_list("entity", flat=True)) == {"outlet"}


# The page behind the link to unsubscribe.


def test_unsubscribing_is_a_word_that_is_kept(client: Client, shop: World) -> None:
    person = contact(shop)
    agreed(shop, person)
    message = uuid4()
    client.post(out_of(shop, person, message), ONE_CLICK)
    client.post(out_of(shop, person, message), ONE_CLICK)
    assert said(person) == [("marketing", "granted", "checkout"), ("marketing", "withdrawn", UNSUBSCRIBE_LINK)]
    assert str(message) in Consent.objects.get(state="withdrawn").proof


def test_a_slip_is_mended_to_where_one_was(client: Client, shop: World) -> None:
    person = contact(shop)
    expiry = shop.now + timedelta(days=30)
    agreed(shop, person, basis=Consent.Basis.IMPORTED, expires_at=expiry)
    link = out_of(shop, person)
    client.post(link)
    later(shop)
    for _ in range(2):
        client.post(link, {"again": "1"})
    assert not silent(shop)
    word = Consent.objects.order_by("-at", "-id")[0]
    assert (word.state, word.basis, word.expires_at) == ("granted", "imported", expiry)
    assert len(said(person)) == 3


@pytest.mark.parametrize("body", [{"again": "1"}, {"less": "weekly"}])
def test_mending_a_slip_is_no_consent_where_there_was_none(client: Client, shop: World, body: dict[str, str]) -> None:
    person = contact(shop, country="DE")
    link = out_of(shop, person)
    client.post(link)
    later(shop)
    client.post(link, body)
    shop.people.checkout(shop.now, country="DE")
    shop.after(days=2)
    assert not shop.mails
    # Who needs none is where they were, too.
    shop.people.checkout(shop.now, country="US")
    shop.after(hours=3)
    assert shop.mails


def test_a_no_from_before_stays_a_no(client: Client, shop: World) -> None:
    person = contact(shop)
    no = Said(contact_id=person.pk, state=Consent.State.WITHDRAWN, source="account", proof="false", at=shop.now)
    consent.append(shop.shop.pk, [no])
    link = out_of(shop, person)
    later(shop)
    client.post(link)
    client.post(link, {"again": "1"})
    assert not consent.standing(consent.words([person.pk])[person.pk]).granted


@pytest.mark.parametrize("often", ["weekly", "monthly"])
def test_less_often_instead(client: Client, shop: World, often: str) -> None:
    person = contact(shop)
    for link in (out_of(shop, person), page_of(shop, person)):
        done = guarded(client.post(link, {"unsubscribe": "1", "stop": "1"}))
        assert f'name="less" value="{often}"' in done
        assert silent(shop)
        later(shop)
        client.post(link, {"less": often})
        person.refresh_from_db()
        assert (person.frequency, silent(shop)) == (often, False)


def test_why_somebody_left_is_counted_once_a_day(client: Client, shop: World) -> None:
    person = contact(shop)
    for link in (out_of(shop, person), page_of(shop, person)):
        for reason in ("too_often", "not_relevant", "done"):
            assert "Thank you" in guarded(client.post(link, {"reason": reason}))
    assert [row.reason for row in Farewell.objects.all()] == ["done"]
    client.post(out_of(shop, person), {"reason": "because I <b>say</b> so"})
    assert Farewell.objects.get().reason == "done"
    later(shop, days=1)
    client.post(out_of(shop, person), {"reason": "other"})
    assert Farewell.objects.count() == 2
    # To say why is to leave still.
    assert silent(shop)


def test_the_page_after_leaving_is_the_same_for_a_made_up_link(client: Client, shop: World) -> None:
    person = contact(shop)
    good = out_of(shop, person)
    bad = good[:-2] + ("A" if good[-2] != "A" else "B") + "/"
    for body in ({}, {"unsubscribe": "1"}, {"reason": "done"}, {"less": "weekly"}, {"again": "1"}):
        known, unknown = client.post(good, body), client.post(bad, body)
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
        assert sorted(known.items()) == sorted(unknown.items())


def test_whoever_leaves_is_looked_at_at_once(client: Client, shop: World) -> None:
    shop.people.checkout(shop.now)
    shop.after(hours=2)
    [mail] = shop.mails
    at(shop)
    row = Enrollment.objects.get(state="active")
    assert row.due_at > shop.now
    client.post(link_in(mail, "p"), {"stop": "1"})
    row.refresh_from_db()
    assert row.due_at <= shop.now
    shop.tick()
    assert shop.exits() == ["unsubscribed"]


def test_the_page_outlives_the_plugin_the_mail_and_the_key(client: Client, shop: World) -> None:
    person = contact(shop)
    link = page_of(shop, person)
    Shop.objects.update(settings={**shop.shop.settings, "active": False}, paused_at=shop.now)
    LinkKey.objects.create(shop=shop.shop)
    later(shop, days=4000)
    assert client.get(link.rstrip("/")).status_code == 200
    client.post(link, {"stop": "1"})
    assert silent(shop)


def test_a_shop_without_topics_has_a_page_as_well(client: Client, shop: World) -> None:
    Topic.objects.all().delete()
    person = contact(shop)
    link = page_of(shop, person)
    assert "checkbox" not in guarded(client.get(link))
    client.post(link, {"often": "monthly", "pause": "2", "language": "de"})
    person.refresh_from_db()
    assert (person.frequency, person.language) == ("monthly", "de")
    assert said(person) == []
    assert not silent(shop)
    client.post(link, {"stop": "1"})
    shown = guarded(client.get(link))
    assert 'name="return"' in shown
    assert "Keine" in shown or "keine" in shown
