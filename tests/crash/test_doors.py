"""The doors die: the web process that records a webhook, that stops the mail, the command that publishes a flow.

Whoever knocked knocks again, as Saleor, mail programs and people do, and the story ends as if nothing had happened.
"""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from saleor_mailflow.messages.links import make_unsubscribe
from saleor_mailflow.testing.bodies import Channel
from saleor_mailflow.testing.days import DayBuilder
from saleor_mailflow.testing.signing import SigningShop
from tests.crash.conftest import Setting
from tests.crash.figures import hold_to_account
from tests.crash.stage import Stage

pytestmark = pytest.mark.slow

PEOPLE = 40
_SERVER = """
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server
from saleor_mailflow.service.wsgi import application
WSGIRequestHandler.log_message = lambda *_: None
make_server("127.0.0.1", int(sys.argv[1]), application).serve_forever()
"""


class Died(Exception):
    """The server died with our request in its hands."""


@contextmanager
def web(one: Stage, failpoint: str = "") -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run the web process of the service; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", _SERVER, str(port)], env=one.env(failpoint))
    try:
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < end, "the web process did not come up"
                time.sleep(0.05)
        yield port, process
    finally:
        process.kill()
        process.wait()


def post(port: int, path: str, headers: Mapping[str, str], body: bytes) -> int:
    """Return the status of the answer. Raises Died where there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", path, body, {**headers, "Host": "localhost"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Died from error
    finally:
        connection.close()


def knock_twice(one: Stage, failpoint: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
    """Knock at a door that dies of it, and again at its successor."""
    with web(one, f"{failpoint}:1:kill") as (port, process):
        with pytest.raises(Died):
            post(port, path, headers, body)
        assert process.wait(timeout=10) == -9
    one.kills += 1
    with web(one) as (port, _):
        assert post(port, path, headers, body) == 200


def test_an_order_whose_webhook_killed_the_door_is_known_once_and_its_buyer_gets_no_mail(stage: Setting) -> None:
    shop = SigningShop("https://crash.example/graphql/")
    with stage(PEOPLE) as one:
        with psycopg.connect(one.url) as connection:
            connection.execute("UPDATE mailflow_shop SET jwks = %s", [Jsonb(shop.key_set())])
        ((token, email),) = one.ask("SELECT token, email FROM mailflow_basket ORDER BY id LIMIT 1 OFFSET 3")
        day, now = DayBuilder(shop, chance=Random(1)), datetime.now(UTC)
        cart = day.cart(now, channel=Channel(slug="web", currency="USD", country="US"), email=email, token=token)
        day.order(now, cart)
        told = day.told[-1]
        headers = {**told.headers, "Content-Type": "application/json"}
        knock_twice(one, "webhook.recorded", "/webhooks/saleor/", headers, told.raw)
        assert one.ask("SELECT kind, count(*)::int FROM mailflow_event GROUP BY 1") == [("order.created", 1)]
        one.worker()
        one.wait_until(0, seconds=60)
        assert one.ask("SELECT count(*)::int FROM mailflow_purchase") == [(1,)]
        mailed = (
            "SELECT count(*)::int FROM mailflow_message m JOIN mailflow_contact c ON c.id = m.contact_id "
            f"WHERE c.email = '{email}'"
        )
        assert one.ask(mailed) == [(0,)]
        # She bought: she is no longer one of those who wait for a mail.
        hold_to_account(one, "the door killed with a webhook in hand", PEOPLE - 1, unknown_at_most=0)


def test_who_unsubscribed_while_the_page_died_and_asked_again_gets_no_mail(stage: Setting) -> None:
    with stage(PEOPLE) as one:
        ((contact, shop, key),) = one.ask(
            "SELECT c.id, c.shop_id, k.key FROM mailflow_contact c JOIN mailflow_linkkey k ON k.shop_id = c.shop_id "
            "ORDER BY c.id LIMIT 1 OFFSET 5"
        )
        token = make_unsubscribe([key.encode()], shop, contact, uuid4())
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        knock_twice(one, "suppression.written", f"/u/{token}/", form, b"List-Unsubscribe=One-Click")
        assert one.ask("SELECT reason, count(*)::int FROM mailflow_suppression GROUP BY 1") == [("unsubscribed", 1)]
        one.worker()
        one.wait_until(0, seconds=60)
        assert one.ask(f"SELECT state, reason FROM mailflow_message WHERE contact_id = {contact}") in (
            [],
            [("blocked", "unsubscribed")],
        )
        scenario = "the unsubscribe page killed in its write"
        hold_to_account(
            one,
            scenario,
            one.ask("SELECT count(*)::int FROM mailflow_message")[0][0],
            unknown_at_most=0,
            ended=["blocked"],
        )


def test_a_mailbox_that_refused_while_its_worker_died_is_either_known_as_both_or_as_neither(stage: Setting) -> None:
    """The refusal and the suppression are one: who is refused and not suppressed would be mailed and refused again."""
    with stage(PEOPLE) as one:
        with psycopg.connect(one.url) as connection:
            for table in ("basket", "contact"):
                connection.execute(
                    f"UPDATE mailflow_{table} SET email = 'gone+550@example.com' WHERE email = 'p2@example.com'"
                )
        one.await_death(one.worker("suppression.written:1:kill"), "suppression.written")
        assert one.ask("SELECT count(*)::int FROM mailflow_suppression") == [(0,)]
        one.worker()
        one.wait_until(0, seconds=60)
        hold_to_account(one, "a worker killed while it suppresses a refused mailbox", PEOPLE, unknown_at_most=1)


def test_a_flow_whose_publishing_was_killed_is_the_old_one_and_published_anew_the_next_version(stage: Setting) -> None:
    publish = """
from dataclasses import replace
from datetime import timedelta
from django.utils.timezone import now
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.publish import publish
from saleor_mailflow.models import Shop
flow = CATALOG["abandoned_checkout"]
publish(Shop.objects.get(), replace(flow, once_per=timedelta(days=30)), at=now())
"""
    versions = (
        "SELECT number, (SELECT count(*)::int FROM mailflow_enrollment e WHERE e.version_id = v.id) "
        "FROM mailflow_flowversion v ORDER BY 1"
    )
    with stage(PEOPLE) as one:
        one.await_death(one.worker("runner.claimed:1:kill"), "runner.claimed")
        assert one.run(publish, "publish.written:1:kill").returncode == -9
        one.kills += 1
        assert one.ask(versions) == [(1, PEOPLE)]
        done = one.run(publish)
        assert done.returncode == 0, done.stderr
        one.worker()
        one.wait_until(0, seconds=60)
        assert one.ask(versions) == [(1, PEOPLE), (2, 0)], "people inside keep their version"
        current = "SELECT v.number FROM mailflow_flow f JOIN mailflow_flowversion v ON v.id = f.version_id"
        assert one.ask(current) == [(2,)]
        hold_to_account(one, "a flow's publishing killed, people inside", PEOPLE, unknown_at_most=0)
