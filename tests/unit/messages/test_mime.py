"""Mails built by hand, read by the standard library: exactly our headers come out, and bodies as they went in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_mailflow.messages.letter import prepare
from saleor_mailflow.messages.lines import one_line, person_name
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.messages.mime import build

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ID = UUID("0b7e6c9a-3f44-4d1e-9a52-6f2f6a0c1d11")
LINK = "<https://mail.shop.example/u/" + "t" * 600 + ">"
HEADERS = {"List-Unsubscribe": LINK, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}

SCRIPTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "Grüße, مرحبا שלום こんにちは 한국어 Привет 👩‍👩‍👧🎉 é\u0301 =?utf-8?q?x?= \"\\'<>@,;:().\r\n\t\x00\u202e"
        ),
    ),
    max_size=120,
)
BODIES = st.one_of(
    SCRIPTS,
    st.lists(
        st.sampled_from([".", "..", ".\r\n", "\n", "\r", "--=_", "From me", "x" * 3000, "ß" * 1500, ""]), max_size=8
    ).map("\n".join),
)


def written(subject: str = "Hi", html: str = "<p>Hi</p>", text: str = "Hi", **more: str) -> bytes:
    mail = OutgoingMail(
        uuid=ID,
        to_email=more.pop("to_email", "anna@shopper.example"),
        sender_email="hello@shop.example",
        subject=subject,
        html=html,
        text=text,
        headers=HEADERS,
        **more,
    )
    return build(prepare(mail), at=NOW)


def read(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def person(raw: bytes, field: str) -> tuple[str, str]:
    """Read name and address as they were written; ``policy.default`` turns a no-break space in a name into a space."""
    name, address = parseaddr(message_from_bytes(raw, policy=policy.compat32)[field])
    return str(make_header(decode_header(name))), address


def canonical(body: str) -> str:
    plain = re.sub("[\ud800-\udfff]", "\ufffd", body)
    return plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@settings(max_examples=150, deadline=None)
@given(SCRIPTS, SCRIPTS, SCRIPTS, BODIES, BODIES)
def test_what_goes_in_comes_out_and_nothing_else(
    subject: str, to_name: str, sender_name: str, html: str, text: str
) -> None:
    raw = written(subject, html, text, to_name=to_name, sender_name=sender_name, reply_to="help@shop.example")
    found = read(raw)
    assert found.keys() == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Reply-To",
        "X-Mailflow-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "Content-Type",
    ]
    assert found["Subject"] == one_line(subject)
    assert person(raw, "From") == (one_line(sender_name), "hello@shop.example")
    assert person(raw, "To") == (person_name(to_name), "anna@shopper.example")
    assert len(found["From"].addresses) == len(found["To"].addresses) == 1
    assert found["List-Unsubscribe"] == LINK
    plain, rich = found.iter_parts()
    assert [part.get_content_type() for part in (plain, rich)] == ["text/plain", "text/html"]
    for part, body in ((plain, text), (rich, html)):
        assert isinstance(part, EmailMessage)
        assert part.get_payload(decode=True) == canonical(body).encode()


@settings(max_examples=150, deadline=None)
@given(SCRIPTS, SCRIPTS, BODIES)
def test_the_bytes_are_fit_for_any_server(subject: str, to_name: str, body: str) -> None:
    raw = written(subject, body, body, to_name=to_name)
    assert raw.isascii()
    assert b"\x00" not in raw
    lines = raw.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 998
    assert not any(len(line) > 76 for line in lines if line.lstrip().startswith(b"=?") or b"=?utf-8" in line)
    for word in re.findall(rb"=\?utf-8\?b\?[^?]*\?=", raw):
        assert len(word) <= 75
        str(make_header(decode_header(word.decode())))


def test_the_rest_of_the_head() -> None:
    found = read(written(to_name='Ann "Q" \\ Bee, Jr.'))
    assert found["Date"].datetime == NOW
    assert found["Message-ID"] == f"<{ID}@shop.example>"
    assert found["X-Mailflow-Id"] == str(ID)
    assert found["To"].addresses[0].display_name == 'Ann "Q" \\ Bee, Jr.'


def test_unsubscribe_headers_stand_on_one_line_each_as_rfc_8058_wants_them() -> None:
    head = written().partition(b"\r\n\r\n")[0]
    assert f"\r\nList-Unsubscribe: {LINK}\r\n".encode() in head
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head


def test_a_domain_travels_in_ascii_and_only_a_local_part_needs_utf8() -> None:
    assert written(to_email="anna@bücher.example").isascii()
    raw = written(to_email="jörg@bücher.example")
    assert "\r\nTo: jörg@xn--bcher-kva.example\r\n".encode() in raw
