"""Links in mails and the pages behind them: looking changes nothing, nobody is sent astray, no log keeps a token."""

from __future__ import annotations

import base64
import hmac
import io
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from random import Random
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.test import Client

from saleor_mailflow import access_logs, clock
from saleor_mailflow.messages.links import RESTORE_FOR, LinkKind, LinkSigner, read
from saleor_mailflow.models import Basket, Contact, LinkKey, Message, Suppression
from saleor_mailflow.testing.world import World
from tests.security.conftest import digest, links_of, path_of

LINK_HOST, STOREFRONT = "mail.northmill.example", "https://northmill.example/cart?checkout="
FUZZED = 5_000
FRONT_DOOR = "https://northmill.example/"
EVIL = "evil.example"


class Ways(HTMLParser):
    """Everything on a page that leads somewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        assert tag not in {"script", "iframe", "img", "link", "object", "base"}, tag
        self.found += [found[name] or "" for name in ("href", "src", "action", "formaction") if name in found]


# Looking.


def test_crawling_every_link_of_every_mail_leaves_the_database_as_it_was(client: Client, told: World) -> None:
    everything = {link for mail in told.mails for link in links_of(mail)}
    ours = {link for link in everything if urlsplit(link).netloc == LINK_HOST}
    # Of each mail the way to stop it and the way back; whatever else leads to the shop, which is not ours to crawl.
    assert len({path_of(link)[:3] for link in ours}) >= 2
    assert len(ours) >= 2 * len(told.mails)
    assert {urlsplit(link).netloc for link in everything - ours} <= {"northmill.example", "shop.example.com"}
    before, waiting, seen = digest(), sorted(ours), set[str]()
    while waiting:
        link = waiting.pop()
        if link in seen:
            continue
        seen.add(link)
        path = path_of(link)
        for variant in (path, path.rstrip("/"), f"{path}?again=1&List-Unsubscribe=One-Click&unsubscribe=1"):
            for method in (client.get, client.head):
                answer = method(variant, headers={"purpose": "prefetch"})
                assert answer.status_code in {200, 302}, (answer.status_code, variant[:4])
                assert not answer.cookies
        for way in Ways(client.get(path, headers={"purpose": "prefetch"}).content.decode()).found:
            found = urljoin(link, way)
            if urlsplit(found).netloc == LINK_HOST:
                waiting.append(found)
    assert digest() == before
    # And the digest does see a change.
    client.post(path_of(next(link for link in ours if "/u/" in link)))
    assert digest() != before


def test_a_page_cannot_be_asked_to_act_by_another_method(client: Client, told: World) -> None:
    before = digest()
    for mail in told.mails:
        for link in links_of(mail):
            if urlsplit(link).netloc == LINK_HOST:
                for method in ("put", "patch", "delete", "options", "trace"):
                    assert getattr(client, method)(path_of(link)).status_code == 405
    assert digest() == before


# Being sent on.


def fuzzed(chance: Random, genuine: list[str]) -> tuple[str, dict[str, str]]:
    """Return a path below one of our pages, and headers, that try to make us send somebody to EVIL."""
    target = chance.choice(
        (f"https://{EVIL}/", f"//{EVIL}", f"/\\{EVIL}", f"\\\\{EVIL}", f"https:{EVIL}", f"javascript:alert('{EVIL}')",
         f"http://northmill.example@{EVIL}/", f"data:text/html,{EVIL}", f"https://northmill.example.{EVIL}",
         f"\r\nLocation: //{EVIL}", f"%0d%0aLocation:%20//{EVIL}", f"/%09/{EVIL}", f"＼＼{EVIL}",
         f"https://{EVIL}%23.northmill.example")
    )  # fmt: skip
    key = chance.choice(("next", "url", "redirect", "to", "r", "return_to", "checkout", "token", "callback", "u"))
    path = chance.choice(
        (
            lambda: chance.choice(genuine),
            lambda: chance.choice(genuine).rstrip("/") + quote(target, safe=":/\\%"),
            lambda: f"/{chance.choice('urpcl')}/{quote(target, safe=':%')}/",
            lambda: f"/{chance.choice('urpcl')}/{quote(target, safe='')}",
            lambda: f"//{EVIL}/{chance.choice('urpcl')}/x/",
            lambda: chance.choice(genuine).replace("/r/", "/r//", 1),
            lambda: f"/{chance.choice('urpcl')}/" + "".join(chance.choices("abcXYZ019-_.%~:@", k=68)) + "/",
        )
    )()
    if chance.random() < 0.8:
        path += f"?{key}={quote(target, safe=chance.choice(('', ':/%')))}"
    name = chance.choice(
        ("Referer", "Origin", "X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "Accept-Language", "Host")
    )
    return path, {name: f"https://{EVIL}/" if name in ("Referer", "Origin") else EVIL}


def test_no_address_sends_anybody_astray(client: Client, told: World) -> None:
    genuine = [path_of(link) for mail in told.mails for link in links_of(mail) if urlsplit(link).netloc == LINK_HOST]
    chance, sent = Random(FUZZED), 0
    # A click is known of; nothing else is the other for it.
    before = digest(apart="DeliveryEvent")
    for _ in range(FUZZED):
        path, headers = fuzzed(chance, sorted(genuine))
        answer = client.get(path, headers=headers)
        assert answer.status_code in {200, 302, 404, 410}, (path, answer.status_code)
        if answer.status_code == 302:
            sent += 1
            assert re.fullmatch(rf"{re.escape(STOREFRONT)}[A-Za-z0-9%]+|{re.escape(FRONT_DOOR)}", answer["Location"]), (
                path
            )
        said = " ".join(f"{name}: {value}" for name, value in answer.items() if name != "Content-Security-Policy")
        assert EVIL not in said + answer.content.decode(), path
        assert "\r" not in said
        assert "\n" not in said
    # Of the links in a mail, every third leads back to a cart; most are bent before they are followed.
    assert sent > FUZZED / 40
    assert digest(apart="DeliveryEvent") == before


def test_a_hostile_cart_id_cannot_change_where_the_shop_is(client: Client, told: World) -> None:
    message = Message.objects.filter(template="abandoned_checkout/last_call").first()
    assert message is not None
    signer = LinkSigner.of(told.shop, base="")
    link = signer.restore(contact_id=message.contact_id, message=message.uuid, now=told.now)
    told.shop.settings["storefront_links"] = {"*": "https://northmill.example/cart/{token}?checkout={checkout}"}
    told.shop.save()
    for token in (
        f"@{EVIL}",
        f"//{EVIL}",
        "../..",
        "\r\nSet-Cookie: a=b",
        f"?x=https://{EVIL}",
        "#",
        "{checkout}",
        "\\",
        "é",
    ):
        Basket.objects.filter(pk=message.enrollment.basket_id).update(token=token)
        location = client.get(link)["Location"]
        assert urlsplit(location).netloc == "northmill.example"
        assert urlsplit(location).path.startswith("/cart/")
        assert location.count("?") == 1
        assert location.isprintable()


# Guessing and swapping.


def test_no_link_works_for_another_person_purpose_or_shop(client: Client, told: World) -> None:
    first, second = Contact.objects.filter(shop=told.shop).order_by("pk")[:2]
    message = Message.objects.filter(contact=first).first()
    assert message is not None
    other = World.begin(domain="other.example").shop
    mine = LinkSigner.of(told.shop, base="")
    theirs = LinkSigner(told.shop.pk, [LinkKey.objects.get(shop=other).key.encode()], base="")
    good = mine.unsubscribe(contact_id=first.pk, message=message.uuid).split("/")[2]
    swapped = mine.unsubscribe(contact_id=second.pk, message=message.uuid).split("/")[2]
    way_back = mine.restore(contact_id=first.pk, message=message.uuid, now=told.now).split("/")[2]
    forged = [
        # One person's words under another's signature; the way back as the way out; a key of another shop.
        swapped[:44] + good[44:],
        good[:44] + swapped[44:],
        way_back,
        theirs.unsubscribe(contact_id=first.pk, message=message.uuid).split("/")[2],
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good.swapcase(),
        good[:-24] + "A" * 24,
    ]
    before = digest()
    for token in forged:
        client.post(f"/u/{token}/", {"List-Unsubscribe": "One-Click"})
        client.post(f"/u/{token}/", {"again": "1"})
    assert digest() == before
    assert client.get(f"/r/{good}/").status_code == 404
    # Somebody else's message with a genuine signature gives away nothing of it.
    stranger = mine.restore(contact_id=second.pk, message=message.uuid, now=told.now)
    assert client.get(stranger).status_code == 410
    client.post(f"/u/{good}/")
    assert Suppression.objects.filter(shop=told.shop).count() == 1


def test_a_token_with_any_bit_turned_is_nobodys(client: Client, told: World) -> None:
    message = Message.objects.first()
    assert message is not None
    signer, who = LinkSigner.of(told.shop, base=""), {"contact_id": message.contact_id, "message": message.uuid}
    links = [signer.unsubscribe(**who), signer.preferences(**who), signer.click(**who, number=0), signer.open(**who)]
    before = digest()
    for link in links:
        token = link.removesuffix(".gif").strip("/").split("/")[1]
        raw = base64.urlsafe_b64decode(token)
        turned = [
            bytes(byte ^ (at == place) << bit for at, byte in enumerate(raw))
            for place in range(len(raw))
            for bit in (0, 7)
        ]
        bent = [base64.urlsafe_b64encode(one).decode() for one in turned]
        for other in (*bent, f"{token}=", token[:-1], f"{token}A", token.lower(), f"{token}%0A", f"{token[:-1]}%D9%A3"):
            for method in (client.get, client.post):
                assert method(link.replace(token, other)).status_code in {200, 404, 405}
    assert digest() == before


@pytest.mark.parametrize(
    "codec", ["rot13", "base64", "hex", "undefined", "punycode", "idna", "utf-7", "nobody-knows-it"]
)
@pytest.mark.parametrize("form", ["multipart/form-data; boundary=a", "application/x-www-form-urlencoded"])
def test_whatever_encoding_a_form_names_it_stops_the_mail(client: Client, told: World, form: str, codec: str) -> None:
    raw = b'--a\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--a--\r\n'
    link = next(link for link in links_of(told.mails[0]) if "/u/" in link)
    answer = client.generic("POST", path_of(link), raw, content_type=f"{form}; charset={codec}")
    assert answer.status_code == 200
    assert Suppression.objects.filter(shop=told.shop).count() == 1


def test_a_way_back_that_ran_out_leads_nowhere(client: Client, told: World, frozen: Callable[[World], None]) -> None:
    [link] = [path_of(link) for link in links_of(next(iter(told.mails))) if "/r/" in link]
    assert client.get(link).status_code == 302
    told.now += RESTORE_FOR + timedelta(seconds=1)
    frozen(told)
    answer = client.get(link)
    assert (answer.status_code, "Location" in answer) == (410, False)


def test_a_guess_is_compared_in_constant_time_with_every_key(told: World, monkeypatch: pytest.MonkeyPatch) -> None:
    LinkKey.objects.create(shop=told.shop)
    message = Message.objects.all()[0]
    token = (
        LinkSigner.of(told.shop, base="").unsubscribe(contact_id=message.contact_id, message=message.uuid).split("/")[2]
    )
    compared: list[tuple[int, int]] = []
    genuine = hmac.compare_digest

    def watched(left: bytes, right: bytes) -> bool:
        compared.append((len(left), len(right)))
        return genuine(left, right)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    assert read(token, LinkKind.UNSUBSCRIBE, clock.now()) is not None
    assert read(token[:-1] + ("A" if token[-1] != "A" else "B"), LinkKind.UNSUBSCRIBE, clock.now()) is None
    assert compared == [(18, 18)] * 4


# Logs of requests.


@pytest.fixture
def logs() -> io.StringIO:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    loggers = [logging.getLogger(name) for name in access_logs.LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    yield stream
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def test_django_writes_that_a_page_failed_and_not_whose_it_was(client: Client, told: World, logs: io.StringIO) -> None:
    links = [path_of(link) for link in links_of(next(iter(told.mails))) if urlsplit(link).netloc == LINK_HOST]
    for link in links:
        client.put(link)
        client.get(link[:-3] + "AA/")
    written = logs.getvalue()
    assert "Method Not Allowed: /u/…" in written
    assert "Not Found: /r/…" in written
    for link in links:
        assert link.strip("/").split("/")[1][:50] not in written


def test_servers_write_which_page_was_asked_for_and_not_whose_it_was(logs: io.StringIO) -> None:
    token = "AbC-_9" * 11 + "xy"
    path = f"/plugins/saleor.mailflow/u/{token}/?x=1"
    uvicorn, gunicorn = logging.getLogger("uvicorn.access"), logging.getLogger("gunicorn.access")
    uvicorn.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", path, "1.1", 200)

    class Atoms(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            return super().get(name, "-")

    gunicorn.info(
        '%(h)s "%(r)s" %(s)s "%(f)s" %(z)s', Atoms(h="::1", r=f"GET {path} HTTP/1.1", s="200", f=f"https://x{path}")
    )
    written = logs.getvalue()
    assert token not in written
    assert '127.0.0.1:1 - "GET /plugins/saleor.mailflow/u/…/?x=1 HTTP/1.1" 200' in written
    assert (
        '::1 "GET /plugins/saleor.mailflow/u/…/?x=1 HTTP/1.1" 200 "https://x/plugins/saleor.mailflow/u/…/?x=1" -'
        in written
    )


def test_the_secret_address_for_delivery_events_is_not_written(logs: io.StringIO) -> None:
    logging.getLogger("django.server").info(
        '"%s" %s %s', "POST /provider/postmark/s3cret-Address_1/ HTTP/1.1", "200", "12"
    )
    assert logs.getvalue() == '"POST /provider/postmark/…/ HTTP/1.1" 200 12\n'


def test_other_addresses_of_the_host_are_written_as_they_are(logs: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info("%s", "/graphql/ /media/" + "a" * 60 + " /u/anna/")
    assert logs.getvalue() == "/graphql/ /media/" + "a" * 60 + " /u/anna/\n"
