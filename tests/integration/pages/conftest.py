"""A shop with a form, topics and people, at a time that stands still; and a digest of every row."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse

from saleor_mailflow import clock
from saleor_mailflow.messages.links import LinkSigner
from saleor_mailflow.models import Contact, SignUpForm, Topic
from saleor_mailflow.testing.world import World

ANNA = "anna@example.com"
DEFINITION = {
    "topics": ["new", "offers"],
    "fields": ["name", "frequency", "birthday", "language"],
    "survey": [
        {"key": "room", "label": "Which room?", "choices": [{"key": "kitchen", "label": "Kitchen"}, {"key": "hall"}]}
    ],
    "consent": {"en": "Yes, write to me.", "de": "Ja, schreiben Sie mir."},
    "reward": {"en": "Your code: HELLO10", "de": "Ihr Code: HALLO10"},
    "origins": ["https://northmill.example"],
}


@pytest.fixture
def digest(db: None) -> Callable[[], str]:
    """A digest of every row we have."""

    def everything() -> str:
        found = hashlib.sha256()
        with connection.cursor() as cursor:
            for model in apps.get_app_config("mailflow").get_models():
                cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t ORDER BY 1')
                found.update(repr((model._meta.db_table, cursor.fetchall())).encode())
        return found.hexdigest()

    return everything


@pytest.fixture
def shop(db: None) -> Iterator[World]:
    """A world with two topics and a form that asks for everything; its pages live at the world's time."""
    world = World.begin()
    clock.install(clock.FrozenClock(world.now))
    for key, name in (("new", "New things"), ("offers", "Offers")):
        Topic.objects.create(shop=world.shop, key=key, names={"en": name}, descriptions={"en": f"About {name}."})
    SignUpForm.objects.create(shop=world.shop, key="footer", definition=DEFINITION, updated_at=world.now)
    yield world
    clock.install(clock.SystemClock())


def at(world: World) -> World:
    """Let the pages live at the time of the world again, after it went on."""
    clock.install(clock.FrozenClock(world.now))
    return world


def contact(world: World, email: str = ANNA, **more: object) -> Contact:
    """Return a contact of a world, made now."""
    return Contact.objects.create(shop=world.shop, email=email, first_seen_at=world.now, updated_at=world.now, **more)


def signer(world: World) -> LinkSigner:
    """Return what signs the links of a world, without the host."""
    return LinkSigner.of(world.shop, base="")


def link_in(mail: object, letter: str) -> str:
    """Return the path of the one link of a kind in a mail."""
    [found] = set(re.findall(rf"https://mail\.northmill\.example(/{letter}/[\w-]+/)", unescape(mail.html)))
    return found


def guarded(answer: HttpResponse) -> str:
    """Check what every page must have, and return it as text."""
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    shown = answer.content.decode()
    assert "<script" not in shown
    assert " style=" not in shown
    for style in re.findall("<style>(.*?)</style>", shown, re.DOTALL):
        assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    return unescape(shown)
