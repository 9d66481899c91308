"""Ten thousand hostile names and subjects: no header, recipient or element that we did not mean, in any road out.

How it stays fast: every text goes through the SMTP bytes (headers parsed by the quick parser, each twentieth mail whole
and strictly) and, thirty to a mail, through the rendering; every fifth through one provider's request, in turns (all of
them where MAILFLOW_FUZZ_ALL is set).
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from functools import cache
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
import requests

from saleor_mailflow.conf import read_settings
from saleor_mailflow.messages.django_message import as_django
from saleor_mailflow.messages.examples import example_cart
from saleor_mailflow.messages.facts import cart_facts
from saleor_mailflow.messages.formats import one_line, safe_name
from saleor_mailflow.messages.letter import Letter, prepare
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.messages.mime import build
from saleor_mailflow.messages.providers import PROVIDERS
from saleor_mailflow.messages.registry import REGISTRY
from saleor_mailflow.messages.render import render
from saleor_mailflow.messages.transport import transport_for
from saleor_mailflow.messages.words import LANGUAGES
from tests.contract.provider_cases import CASES, TO, answer
from tests.security.hostile import Hostile, hostile

SEED, COUNT, AT_ONCE = 20261120, 10_000, 30
#: Five has no factor in common with the generator's six kinds and the thirteen providers.
EVERY = 1 if os.environ.get("MAILFLOW_FUZZ_ALL") else 5
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SENDER, REPLIES = "hello@shop.example", "help@shop.example"
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Reply-To", "X-Mailflow-Id", "List-Unsubscribe"]
HEADERS += ["List-Unsubscribe-Post", "MIME-Version", "Content-Type"]
#: Anymail makes ids of its own for some providers.
ANY_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UNSUBSCRIBE = {"List-Unsubscribe": "<https://shop.example/u/x/>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


@cache
def texts() -> tuple[Hostile, ...]:
    return tuple(hostile(SEED, COUNT))


def mail(text: str, *, subject: str = "") -> OutgoingMail:
    return OutgoingMail(
        uuid=UUID(int=7), to_email=TO, to_name=text, sender_email=SENDER, sender_name=text, reply_to=REPLIES,
        subject=subject or text, html="<p>Hi</p>", text="Hi\n", headers=UNSUBSCRIBE,
    )  # fmt: skip


def name_in(field: Any) -> str:
    """Return the one display name of an address header, as a person reads it."""
    [(name, _)] = getaddresses([str(field)])
    return str(make_header(decode_header(name)))


def test_the_generator_is_hostile() -> None:
    found = [one.text for one in texts()]
    assert len(found) == COUNT
    assert len(set(found)) > COUNT // 2
    for needed in (
        "\r\n",
        "\x00",
        "\u202e",
        "=?utf-8?",
        '"',
        "<",
        '"@"',
        ",",
        ";",
        "\u0301",
        "{{",
        "javascript:",
        "://",
    ):
        assert sum(needed in text for text in found) > 20, needed
    assert sum(len(text) >= 100_000 for text in found) > 50


# The road over SMTP.


def test_no_text_makes_a_header_or_a_recipient_in_the_bytes_for_smtp() -> None:
    headers = BytesHeaderParser()
    for number, (text, _) in enumerate(texts()):
        letter = prepare(mail(text))
        data = build(letter, at=AT)
        read = headers.parsebytes(data)
        assert read.keys() == HEADERS, ascii(text[:200])
        assert [address for _, address in getaddresses(read.get_all("To"))] == [TO], ascii(text[:200])
        assert name_in(read["To"]) == letter.to.name, ascii(text[:200])
        assert data.isascii()
        assert b"\n" not in data.replace(b"\r\n", b"")
        assert b"\r" not in data.replace(b"\r\n", b"")
        assert max(map(len, data.split(b"\r\n"))) <= 998
        if number % 20 == 0:
            strictly(data, letter)


def strictly(data: bytes, letter: Letter) -> None:
    read = message_from_bytes(data, policy=policy.default)
    assert not read.defects
    fields = (("To", TO, letter.to.name), ("From", SENDER, letter.sender.name), ("Reply-To", REPLIES, ""))
    for field, address, name in fields:
        assert [found.addr_spec for found in read[field].addresses] == [address]
        # The strict parser puts spaces between encoded words; the other one does not.
        assert read[field].addresses[0].display_name.replace(" ", "") == name.replace(" ", "")
        assert not [defect for defect in read[field].defects if "encoded" not in str(defect).lower()]
    assert read["Subject"] == letter.subject
    assert [part.get_content_type() for part in read.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "\n".join(read.get_body(("plain",)).get_content().splitlines()) == "Hi"


# The roads over providers' interfaces.


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every leaf of a request with the path to it."""
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except ValueError:
            yield path, value
            return
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{path}/{key}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from flat(item, f"{path}/{number}")
    else:
        yield path, str(value)


class Provider:
    """One provider's requests, caught at the HTTP seam."""

    def __init__(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.transport = transport_for(read_settings({"provider": name, "provider_options": CASES[name].fields}))
        case, self.asked = CASES[name], []

        def request(_: requests.Session, **arguments: Any) -> requests.Response:
            self.asked.append(arguments)
            return answer(case.status, case.good, case.headers)

        self.patch = lambda: monkeypatch.setattr(requests.Session, "request", request)
        self.plain: dict[tuple[bool, bool], dict[str, str]] = {}

    def request(self, one: OutgoingMail) -> dict[str, str]:
        self.patch()
        self.transport.send(one)
        arguments = self.asked.pop()
        kept = ("method", "url", "params", "data", "json", "headers", "files", "auth")
        leaves = flat({name: arguments[name] for name in kept if arguments.get(name) is not None})
        return {path: ANY_UUID.sub("UUID", value) for path, value in leaves}

    def usual(self, letter: Letter) -> dict[str, str]:
        """Return the request for a harmless mail with as many names as this one has."""
        kind = (bool(letter.to.name), bool(letter.sender.name))
        if kind not in self.plain:
            one = mail("", subject="SUBJECT")
            names = {"to_name": "TONAME" if kind[0] else "", "sender_name": "SENDERNAME" if kind[1] else ""}
            self.plain[kind] = self.request(replace(one, **names))
        return self.plain[kind]


def test_no_text_makes_a_field_or_a_recipient_in_a_providers_request(monkeypatch: pytest.MonkeyPatch) -> None:
    providers = [Provider(name, monkeypatch) for name in CASES]
    for number, (text, _) in enumerate(texts()[::EVERY]):
        if not text.strip():
            continue
        provider = providers[number % len(providers)]
        one = mail(text, subject="" if prepare(mail(text)).subject else "a subject")
        letter = prepare(one)
        usual, found = provider.usual(letter), provider.request(one)
        assert found.keys() == usual.keys(), (provider.transport.provider, ascii(text[:200]))
        for path, value in found.items():
            meant(path, usual[path], value, letter, provider.transport.provider)
    for provider in providers:
        provider.transport.close()


def meant(path: str, usual: str, value: str, letter: Letter, provider: str) -> None:
    for marker, address, name in (("TONAME", TO, letter.to.name), ("SENDERNAME", SENDER, letter.sender.name)):
        if marker in usual:
            if usual == marker:
                # Anymail writes some names as encoded words where a provider cannot take them otherwise.
                assert str(make_header(decode_header(value))) == name, (provider, path, ascii(value))
            else:
                assert [found for _, found in getaddresses([value])] == [address], (provider, path, ascii(value))
                assert name_in(value).replace(" ", "") == name.replace(" ", ""), (provider, path, ascii(value))
            return
    expected = letter.subject if usual == "SUBJECT" else usual
    assert value == expected, (provider, path, ascii(value))


def test_no_text_makes_a_header_or_a_recipient_in_the_raw_mail_for_amazon() -> None:
    for text, _ in texts()[::50]:
        letter = prepare(mail(text))
        read = message_from_bytes(as_django(letter, PROVIDERS["amazon_ses"]).message().as_bytes())
        usual = message_from_bytes(as_django(prepare(mail("x")), PROVIDERS["amazon_ses"]).message().as_bytes())
        assert sorted(read.keys()) == sorted(usual.keys())
        assert [address for _, address in getaddresses(read.get_all("To"))] == [TO]


# What the mail says.


class Elements(HTMLParser):
    """Every element with its attributes, in order; the values of those that lead somewhere or style something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(f"{name}={value}" if name != "alt" else name for name, value in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}",))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.found.append(("declaration", decl))

    def unknown_decl(self, data: str) -> None:
        self.found.append(("declaration", data))

    def handle_pi(self, data: str) -> None:
        self.found.append(("instruction", data))


# What the package makes itself or has checked when it was saved: addresses, and how the mail looks.
LOOK = {"logo", "accent", "on_accent", "accent_dark", "on_accent_dark", "title_font", "copy_font", "text_font"}
FIXED = {"language", "shop_url", "restore_url", "unsubscribe_url", "choices_url", "picture", "url", *LOOK}


def harmless(value: Any, key: str = "") -> Any:
    """Return facts with every text that a person may have typed replaced by a word."""
    if key in FIXED or not value or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {name: harmless(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [harmless(item) for item in value]
    return "word"


def test_no_text_makes_an_element_or_an_attribute_in_the_mail() -> None:
    everything = [one.text for one in texts()]
    carts = [key for key, one in REGISTRY.items() if one.facts is cart_facts]
    cases = [(template, language) for template in carts for language in LANGUAGES]
    for number, start in enumerate(range(0, COUNT, AT_ONCE)):
        some = iter(everything[start : start + AT_ONCE])
        template, language = cases[number % len(cases)]
        cart = example_cart(language)
        line = cart.lines[0]
        lines = [
            {**line, "product_name": next(some, "x"), "variant_name": next(some, "x"), "image_alt": next(some, "x")}
            for _ in range(7)
        ]
        facts = cart_facts(
            replace(
                cart, lines=lines, total=Decimal("448.00"), first_name=next(some, "x"), sender_name=next(some, "x"),
                brand_name=next(some, "x"), postal_address=next(some, "x"), promises=[next(some, "x") for _ in "12345"],
            )
        )  # fmt: skip
        facts["name"] = facts["name"] or one_line(everything[start], 64)
        mail_made = render(template, language, facts)
        usual = render(template, language, harmless(facts))
        assert Elements(mail_made.html).found == Elements(usual.html).found, start
        assert not {"Cc", "Cs", "Zl", "Zp"} & {unicodedata.category(sign) for sign in mail_made.subject}
        assert "49" not in mail_made.subject


def hostile_facts(value: Any, some: Iterator[str], key: str = "") -> Any:
    """Return facts with every text that a person may have typed replaced by a hostile one, on one line as ours are."""
    if isinstance(value, dict):
        return {name: item if name in FIXED else hostile_facts(item, some, name) for name, item in value.items()}
    if isinstance(value, list):
        return [hostile_facts(item, some) for item in value]
    free = isinstance(value, str) and value and not key.endswith("_url")
    return f"x{one_line(next(some), 160)}" if free else value


@pytest.mark.parametrize("template", REGISTRY)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_makes_an_element_in_any_mail_there_is(template: str, language: str) -> None:
    some = iter([one.text for one in texts()[::7]])
    example = dict(REGISTRY[template].example(language))
    usual = Elements(render(template, language, harmless_texts(example)).html).found
    for _ in range(10):
        assert Elements(render(template, language, hostile_facts(example, some)).html).found == usual


def harmless_texts(facts: dict[str, Any]) -> Any:
    return hostile_facts(facts, iter(lambda: "word", None))


def test_a_name_with_something_to_click_on_is_not_repeated() -> None:
    for text, link in texts():
        name = safe_name(text)
        assert len(name) <= 64
        assert not (link and name), ascii(text)


@pytest.mark.parametrize(
    "name",
    [
        "Anna",
        "Jean-Luc",
        "Anna M.",
        "J. R. R.",
        "St. John",
        "O'Neil",
        "María José",
        "李小龍",
        "Ng 2",
        "Mc.",
        "D'Arcy II",
    ],
)
def test_a_persons_name_is_repeated(name: str) -> None:
    assert safe_name(name) == name
