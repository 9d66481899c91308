"""Links that go through ours: first where they must never lead, and what must stay as it was."""

from __future__ import annotations

import re
from html import unescape
from random import Random
from typing import Any
from uuid import UUID

import pytest

from saleor_mailflow.audience.machines import TRAP
from saleor_mailflow.conf import read_settings
from saleor_mailflow.messages.links import Link, LinkKind, LinkSigner, verify
from saleor_mailflow.messages.mail import RenderedMail
from saleor_mailflow.messages.registry import REGISTRY
from saleor_mailflow.messages.render import render
from saleor_mailflow.messages.tracking import LONGEST, MOST, Tracker, hosts_of, is_plain, leads_home
from tests.unit.messages.test_links import KEYS, MESSAGE, NOW

BASE = "https://mail.shop.example"
HOME = "https://shop.example/"
HOSTS = frozenset({"shop.example", "mail.shop.example"})
RAW = {"storefront_links": "* = https://shop.example/cart/{token}", "link_host": BASE}
OURS = re.compile(rf"{re.escape(BASE)}/([lo])/([A-Za-z0-9_-]{{68}})(?:/|\.gif)")

EVIL = [
    "https://evil.example/",
    "https://shop.example.evil.example/",
    "https://evil.example/?https://shop.example/",
    "https://evil.example#https://shop.example/",
    "https://shop.example@evil.example/",
    "https://user:word@shop.example/",
    "https://shop.example:8443/",
    "https://shop.example\\@evil.example/",
    "https://shop.example\\.evil.example/",
    "https:\\\\evil.example",
    "https:evil.example",
    "https:///evil.example",
    "//shop.example/",
    "javascript:alert(1)//https://shop.example/",
    "data:text/html,https://shop.example/",
    "ftp://shop.example/",
    "https://shop.example/\r\nLocation: https://evil.example",
    "https://shop.example/ https://evil.example/",
    "https://shop.example/\u2028x",
    "https://shop.example/\u00a0x",
    "https://shop.example/\x00",
    "https://\u2100.example/",
    "https://shop\u3002example/",
    "https://[::1/",
    "https://",
    "",
]


def tracked(html: str, text: str = "Text\n", *, known: tuple[str, ...] = (), home: str = HOME, **raw: Any) -> Any:
    settings = read_settings({**RAW, **raw})
    tracker = Tracker(LinkSigner(7, KEYS[7], base=BASE), settings, base=BASE)
    mail = RenderedMail(subject="Subject", html=html, text=text)
    return tracker.track(mail, contact_id=42, message=MESSAGE, home=home, known=known)


def anchors(*urls: str) -> str:
    return "<body>" + "".join(f'<a class="x" href="{url}">Here</a>' for url in urls) + "</body>"


def read(token: str, kind: LinkKind = LinkKind.CLICK) -> Link:
    found = verify(token, kind, NOW, lambda shop_id: KEYS[shop_id])
    assert found is not None
    assert (found.contact_id, found.message) == (42, MESSAGE)
    return found


def numbers(text: str) -> list[int]:
    """The numbers of our links in a text, the invisible one left out."""
    found = [read(token).number for kind, token in OURS.findall(unescape(text)) if kind == "l"]
    return [number for number in found if number != TRAP]


# Where no link leads, and what stays as it is.


@pytest.mark.parametrize("url", EVIL)
def test_nothing_leads_there(url: str) -> None:
    assert not leads_home(url, HOSTS)
    written = anchors(url.replace('"', "&quot;"))
    mail, links = tracked(written, home="")
    assert (links, numbers(mail.html), mail.html) == ((), [], written)
    # In the text an address ends where the white space begins: what stands before it may be the shop's.
    assert set(tracked("", f"Look: {url}\n", home="")[1]) <= {"https://shop.example/"}


def test_ten_thousand_bent_addresses_lead_to_the_shop_or_nowhere() -> None:
    chance = Random(302)
    signs = "@\\/:#?.%&;[]{}|^` \t\r\n\0é。／＠：\u202e-_~'\"<>"
    kept = 0
    for _ in range(10_000):
        url = list(chance.choice(("https://shop.example/a?b=c", "http://mail.shop.example", chance.choice(EVIL))))
        for _ in range(chance.randrange(4)):
            url.insert(chance.randrange(len(url) + 1), chance.choice(signs))
        if leads_home(bent := "".join(url), HOSTS):
            kept += 1
            assert re.match(r"(?i)https?://(mail\.)?shop\.example(?![^/?#])", bent), bent
    assert kept > 500


def test_links_of_our_own_stay_as_they_are() -> None:
    signer = LinkSigner(7, KEYS[7], base=BASE)
    own = [
        signer.unsubscribe(contact_id=42, message=MESSAGE),
        signer.preferences(contact_id=42, message=MESSAGE),
        signer.restore(contact_id=42, message=MESSAGE, now=NOW),
    ]
    mail, links = tracked(anchors(*own), "\n".join(own), home="")
    assert (mail.html, mail.text, links) == (anchors(*own), "\n".join(own), ())


def test_nothing_is_changed_where_the_merchant_does_not_ask_for_it() -> None:
    written = anchors(HOME)
    mail, links = tracked(written, HOME, track_clicks="no")
    assert (mail.html, mail.text, links) == (written, HOME, ())


def test_opens_are_not_asked_for_unless_the_merchant_does() -> None:
    assert "<img" not in tracked(anchors(HOME))[0].html
    html = tracked(anchors(HOME), track_opens="yes")[0].html
    [token] = [token for kind, token in OURS.findall(html) if kind == "o"]
    read(token, LinkKind.OPEN)
    assert html.count("<img") == 1
    assert html.endswith("</body>")


def test_a_picture_or_a_form_is_no_link() -> None:
    written = f'<img src="{HOME}a.png"><form action="{HOME}"></form><p title="{HOME}">{HOME}</p>'
    assert tracked(written, home="")[0].html == written


def test_a_flood_of_links_and_an_endless_one_stay_as_they_are() -> None:
    urls = [f"{HOME}{number}" for number in range(MOST + 5)]
    mail, links = tracked(anchors(*urls))
    assert len(links) == len(set(numbers(mail.html))) == MOST
    assert f'href="{urls[-1]}"' in mail.html
    assert is_plain(HOME + "x" * (LONGEST - len(HOME)))
    assert not is_plain(HOME + "x" * (LONGEST - len(HOME) + 1))
    # Nor is a tag without end looked through for each of its links.
    endless = f'<a title="{"x" * LONGEST}" href="{HOME}">Here</a>'
    assert endless in tracked(endless)[0].html


def test_a_storefront_with_a_cart_in_its_host_or_no_host_opens_no_door() -> None:
    links = {"a": "https://{token}.shop.example/", "b": "https://x@evil.example/{token}", "c": "https:///{token}"}
    assert hosts_of(read_settings({"storefront_links": links}), BASE) == {"mail.shop.example"}


# What does go through ours.


def test_each_destination_has_one_number_in_html_and_text() -> None:
    first, second = f"{HOME}a?b=1&c=2", f"{HOME}b#end"
    html = anchors(first.replace("&", "&amp;"), second, first.replace("&", "&amp;"))
    mail, links = tracked(html, f"First {first}, then ({second}).\n")
    assert links == (first, second)
    assert numbers(mail.html) == [0, 1, 0]
    assert numbers(mail.text) == [0, 1]
    assert re.sub(OURS, "X", mail.text) == "First X, then (X).\n"


def test_numbers_of_a_mail_that_may_have_left_stay_what_they_were() -> None:
    mail, links = tracked(anchors(f"{HOME}b", f"{HOME}c"), known=(f"{HOME}a", f"{HOME}b"))
    assert links == (f"{HOME}a", f"{HOME}b", f"{HOME}c")
    assert numbers(mail.html) == [1, 2]
    # And those of a mail whose links are not followed any more.
    assert tracked(anchors(HOME), known=(f"{HOME}a",), track_clicks="no")[1] == (f"{HOME}a",)


def test_the_invisible_link_shows_nothing_says_nothing_and_is_not_in_the_text() -> None:
    mail, links = tracked(anchors(HOME), HOME)
    [trap] = re.findall(r"<a [^>]*></a>", mail.html)
    assert read(OURS.findall(trap)[0][1]).number == TRAP
    assert 'style="display:none"' in trap
    assert 'aria-hidden="true"' in trap
    assert 'tabindex="-1"' in trap
    assert TRAP not in [read(token).number for _, token in OURS.findall(mail.text)]
    assert len(links) == 1


@pytest.mark.parametrize("key", [key for key, one in REGISTRY.items() if one.purpose == "marketing"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_marketing_mail_keeps_its_words_and_structure(key: str, language: str) -> None:
    rendered = render(key, language, REGISTRY[key].example(language))
    raw = {"storefront_links": "* = https://northmill.example/cart/{token}", "link_host": "https://mail.example"}
    tracker = Tracker(LinkSigner(7, KEYS[7], base=BASE), read_settings(raw), base=BASE)
    mail, links = tracker.track(rendered, contact_id=42, message=UUID(int=1), home="https://northmill.example/")
    assert links
    assert all(leads_home(url, {"northmill.example"}) for url in links)
    for before, after in ((rendered.html, mail.html), (rendered.text, mail.text)):
        bare = re.sub(r'<a href="[^"]*" style="display:none"[^>]*></a>', "", after)
        assert re.sub(r"https?://[^\s\"<]+", "X", bare) == re.sub(r"https?://[^\s\"<]+", "X", before)
