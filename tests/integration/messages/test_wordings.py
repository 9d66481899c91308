"""A merchant's own words: tried before they count, looked up as a mail leaves, taken back at once."""

from __future__ import annotations

import pytest

from saleor_mailflow.exceptions import ConfigurationError, TemplateFailed
from saleor_mailflow.messages.own import Words
from saleor_mailflow.messages.wordings import save_wording, withdraw_wording
from saleor_mailflow.models import AuditEntry, TemplateVersion
from saleor_mailflow.testing.world import START, World

MINE = Words(
    subject="{{ name }}, about your cart",
    preheader="A word from us",
    html='<p class="copy">It was all hand-picked.</p>{{ button(restore_url, "There it is") }}',
    text="It was all hand-picked.\n{{ restore_url }}",
)


@pytest.fixture
def world(db: None) -> World:
    return World.begin(lawful_basis={"*": "none"})


def put(world: World, words: Words = MINE, **more: object) -> TemplateVersion:
    given = {"language": "en", "publish": True, "at": world.now, "actor": "user:1", **more}
    return save_wording(world.shop, "abandoned_checkout/reminder", words, **given)  # type: ignore[arg-type]


def subjects(world: World) -> list[str]:
    return [mail.subject for mail in world.mails]


def test_words_that_cannot_be_rendered_never_count(world: World) -> None:
    broken = Words(subject="Hello", html="{{ nobody_knows_this }}", text="x")
    with pytest.raises(TemplateFailed, match="nobody_knows_this"):
        put(world, broken)
    assert not TemplateVersion.objects.exists()


def test_a_language_that_is_not_offered_is_refused(world: World) -> None:
    with pytest.raises(ConfigurationError, match="'nl' is not offered"):
        put(world, language="nl")


def test_a_draft_changes_no_mail(world: World) -> None:
    put(world, publish=False)
    world.people.checkout(START)
    world.after(hours=2)
    assert subjects(world) == ["Anna, your cart is still here"]


def test_another_channels_words_and_another_language_are_not_this_mails(world: World) -> None:
    put(world, channel="channel-pln")
    put(world, language="de")
    world.people.checkout(START)
    world.after(hours=2)
    assert subjects(world) == ["Anna, your cart is still here"]


def test_the_channels_own_words_go_before_those_of_all(world: World) -> None:
    put(world, Words(subject="For all", html="<p>x</p>", text="x"))
    put(world, channel="default-channel")
    world.people.checkout(START)
    world.after(hours=2)
    (mail,) = world.mails
    assert mail.subject == "Anna, about your cart"
    assert "hand-picked" in mail.html
    assert "hand-picked" in mail.text
    assert "Mühlweg 4" in mail.html, "who writes stands in every mail"
    assert "List-Unsubscribe" in mail.headers


def test_words_are_looked_up_when_a_mail_leaves_and_taken_back_at_once(world: World) -> None:
    world.people.checkout(START)
    world.after(minutes=30)
    put(world)
    world.after(hours=1)
    assert subjects(world) == ["Anna, about your cart"]
    withdraw_wording(world.shop, "abandoned_checkout/reminder", language="en", at=world.now, actor="user:1")
    world.people.checkout(world.now, email="bert@example.com")
    world.after(hours=2)
    assert subjects(world)[-1] == "Anna, your cart is still here"
    assert list(AuditEntry.objects.filter(action__startswith="template.").values_list("action", flat=True)) == [
        "template.published",
        "template.withdrawn",
    ]
