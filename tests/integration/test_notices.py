"""Notices to other systems: signed, repeated until taken, and never a way into our own network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from datetime import timedelta
from typing import Any

import pytest
import urllib3

from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Contact, Enrollment, Flow, Notice, NoticeTarget
from saleor_mailflow.process.notices import PAUSES, tell_due
from saleor_mailflow.process.posting import check_address, post
from saleor_mailflow.testing.world import START, World
from saleor_mailflow.vault import seal

SECRET = "a-secret-of-the-shop"


class Outside:
    """The world outside: a name server and a server that answers what the test wants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.address, self.statuses, self.asked = "93.184.216.34", [200], []
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)
        monkeypatch.setattr(urllib3.HTTPSConnectionPool, "request", self._answer)

    def _look_up(self, host: str, port: int, **_: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (self.address, port))]

    def _answer(self, method: str, url: str, **asked: Any) -> Any:
        self.asked.append((method, url, asked))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        # Of the answer nothing but its status is read, however long it is.
        assert asked["preload_content"] is False
        return type("Answer", (), {"status": status})()


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Outside:
    return Outside(monkeypatch)


@pytest.fixture
def notice(db: None) -> Notice:
    world = World.begin()
    NoticeTarget.objects.create(shop=world.shop, key="crm", url="https://crm.example/in?a=1", secret=seal(SECRET))
    flow = Flow.objects.select_related("version").get(shop=world.shop)
    contact = Contact.objects.create(
        shop=world.shop, email="anna@example.com", first_seen_at=START, updated_at=START, user_ref="VXNlcjox"
    )
    enrollment = Enrollment.objects.create(
        shop=world.shop, flow=flow, version=flow.version, contact=contact, key="x", entered_at=START, due_at=START
    )
    return Notice.objects.create(shop=world.shop, enrollment=enrollment, step="tell", target="crm", due_at=START)


@pytest.mark.parametrize(
    "url",
    ["http://crm.example/", "https://", "ftp://crm.example", "https://user@crm.example/", "https://a.b/\n",
     "https://@crm.example/", "https://crm.example:99999/", "https://crm.example:x/", "https://[::1/", "https://a\u2100b/",
     "https://crm.example\\@10.0.0.1/", "https://crm.example/a b"],
)  # fmt: skip
def test_these_are_no_addresses_for_notices(url: str) -> None:
    with pytest.raises(ConfigurationError):
        check_address(url)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "0.0.0.0", "100.64.0.1", "224.0.0.1", "ff02::1",
     "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fec0::1", "fe80::1%eth0"],
)  # fmt: skip
def test_a_name_that_leads_into_our_network_is_not_called(outside: Outside, address: str) -> None:
    outside.address = address
    answer = post("https://crm.example/", b"{}", secret=SECRET, message_id="1", timestamp=1)
    assert not outside.asked
    assert "private network" in answer.problem


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example"])
def test_a_name_that_is_none_is_told_and_not_raised(outside: Outside, host: str) -> None:
    answer = post(f"https://{host}/", b"{}", secret=SECRET, message_id="1", timestamp=1)
    assert (answer.status, answer.problem) == (0, "the name is none")
    assert not outside.asked


def test_a_notice_is_signed_as_the_standard_says(outside: Outside, notice: Notice) -> None:
    assert tell_due(notice.shop_id, now=START) == 1
    ((method, url, asked),) = outside.asked
    assert (method, url) == ("POST", "/in?a=1")
    headers, body = asked["headers"], asked["body"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert asked["redirect"] is False
    told = json.loads(body)
    assert told["flow"] == "abandoned_checkout"
    assert told["contact"]["user"] == "VXNlcjox"
    notice.refresh_from_db()
    assert notice.state == "done"
    assert tell_due(notice.shop_id, now=START + timedelta(days=1)) == 0, "told once"


def test_a_system_that_is_down_is_told_again_later_and_given_up_in_the_end(outside: Outside, notice: Notice) -> None:
    outside.statuses, now = [503], START
    for pause in PAUSES:
        assert tell_due(notice.shop_id, now=now) == 0
        notice.refresh_from_db()
        assert notice.state == "planned"
        assert notice.due_at == now + pause
        assert tell_due(notice.shop_id, now=now) == 0, "not before its time"
        now = notice.due_at
    tell_due(notice.shop_id, now=now)
    notice.refresh_from_db()
    assert notice.state == "failed"
    assert "503" in notice.reason
    assert len(outside.asked) == len(PAUSES) + 1


def test_what_is_refused_for_good_is_not_repeated(outside: Outside, notice: Notice) -> None:
    outside.statuses = [410]
    tell_due(notice.shop_id, now=START)
    notice.refresh_from_db()
    assert (notice.state, notice.reason) == ("failed", "Not taken: it answered 410.")


@pytest.mark.breaks_the_ledger  # erased, and still there to be told
def test_of_somebody_erased_no_address_is_told(outside: Outside, notice: Notice) -> None:
    Contact.objects.update(erased_at=START)
    tell_due(notice.shop_id, now=START)
    assert b"anna@example.com" not in outside.asked[0][2]["body"]
