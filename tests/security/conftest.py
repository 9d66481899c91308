"""What the security stories share: a digest of all we keep, mails of every template and language, a wall of sockets."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.db import connection

from saleor_mailflow import clock
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.messages.words import LANGUAGES
from saleor_mailflow.testing.world import World

LINK = re.compile(r"""https?://[^\s"'<>)]+""")


def digest(*, apart: str = "") -> str:
    """Return a digest of every row in every table of ours, ``apart`` from one."""
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        for model in apps.get_app_config("mailflow").get_models():
            if model.__name__ == apart:
                continue
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t ORDER BY 1')
            found.update(repr((model._meta.db_table, cursor.fetchall())).encode())
    return found.hexdigest()


def links_of(mail: OutgoingMail) -> set[str]:
    """Return every web address in a mail: in its HTML, its text and its headers."""
    everything = [unescape(mail.html), mail.text, *mail.headers.values()]
    return {found.rstrip(".,;") for text in everything for found in LINK.findall(text)}


def path_of(link: str) -> str:
    """Return a link as the test client takes it."""
    parts = urlsplit(link)
    return parts.path + (f"?{parts.query}" if parts.query else "")


@pytest.fixture
def frozen() -> Iterator[Callable[[World], None]]:
    """Let the pages live at the time of a world."""

    def freeze(world: World) -> None:
        clock.install(clock.FrozenClock(world.now))

    yield freeze
    clock.install(clock.SystemClock())


@pytest.fixture
def told(db: None, frozen: Callable[[World], None]) -> World:
    """A world in which somebody of every language left a cart and got every mail there is."""
    world = World.begin()
    for language in LANGUAGES:
        world.people.checkout(world.now, email=f"{language}@example.com", language=language)
    world.after(days=3)
    assert len(world.mails) == 2 * len(LANGUAGES)
    world.now += timedelta(minutes=1)
    frozen(world)
    return world


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let no socket be opened and no name be looked up; what was tried is kept and raised."""
    tried: list[str] = []

    def refuse(*arguments: object, **_: object) -> NoReturn:
        tried.append(repr(arguments[-1]))
        raise AssertionError("something tried to reach the network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    return tried
