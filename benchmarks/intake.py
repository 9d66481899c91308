"""Taking webhooks in, signature and all, against bare inserts with a commit each.

Refuses to count the signing, which is the shop's work, and a webhook that was not recorded.
"""

from __future__ import annotations

import json
import os
import time
from itertools import count
from typing import Any

from benchmarks.ground import Figure, Rounds, ratio

_numbers = count(1)


def figures(*, events: int, rounds: int) -> list[Figure]:
    """Return the figure of intake."""
    import logging

    from django.db import connection

    from saleor_mailflow.models import Event, Shop
    from saleor_mailflow.testing.signing import SigningShop

    logging.getLogger("saleor_mailflow").setLevel(logging.ERROR)
    sender = SigningShop("https://intake.example/graphql/")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE mailflow_shop CASCADE")
    shop = Shop.objects.create(domain=sender.domain, api_url=sender.api_url, road="app", jwks=sender.key_set())

    def ours() -> float:
        posts = [_request(sender, _body(next(_numbers))) for _ in range(events)]
        before = Event.objects.count()
        speed = _ours(posts)
        assert Event.objects.count() == before + events, "a webhook was not recorded"
        return speed

    def raw() -> float:
        return _raw(shop.pk, [_body(next(_numbers)) for _ in range(events)])

    variants = {"raw": raw, "ours": ours}
    for one in variants.values():
        one()
    seen = Rounds(count=rounds).run(variants)
    note = f"{max(seen['ours']):.0f} a second, one process"
    return [ratio("webhook intake ÷ raw single-commit inserts", seen["ours"], seen["raw"], goal=0.6, note=note)]


def _request(sender: Any, raw: bytes) -> Any:
    from django.test import RequestFactory

    headers = sender.headers("checkout_updated", raw)
    return RequestFactory().post("/webhooks/saleor/", raw, content_type="application/json", headers=headers)


def _body(number: int) -> bytes:
    """Return a checkout of six lines as Saleor tells of it."""
    from decimal import Decimal
    from uuid import uuid4

    from django.utils.timezone import now

    from saleor_mailflow.testing.bodies import Cart, Channel, Item, cart_json

    at = now()
    cart = Cart(
        token=str(uuid4()),
        created=at,
        at=at,
        channel=Channel(slug="web", currency="USD", country="US"),
        email=f"p{number}@example.com",
        items=tuple(Item(number=item) for item in range(1, 7)),
    )
    told = {"issuedAt": at.isoformat(), "version": "3.23.0", "checkout": cart_json(cart)}
    return json.dumps(told, default=lambda one: float(one) if isinstance(one, Decimal) else str(one)).encode()


def _ours(requests: list[Any]) -> float:
    """Take them in one after the other as the web server hands them over: verification, parsing, one commit each."""
    from saleor_mailflow.webhooks.views import saleor

    began = time.perf_counter()
    for request in requests:
        answer = saleor(request)
        assert answer.status_code == 200, answer.content
    return len(requests) / (time.perf_counter() - began)


def _raw(shop_id: int, bodies: list[bytes]) -> float:
    """Insert the same bodies, a commit each, believing every word."""
    import psycopg

    with psycopg.connect(os.environ["MAILFLOW_DATABASE_URL"], autocommit=True) as connection:
        began = time.perf_counter()
        for body in bodies:
            connection.execute(
                "INSERT INTO mailflow_event (shop_id, kind, dedupe_key, subject, source, occurred_at, payload) "
                "VALUES (%s, 'checkout.changed', %s, '', 'webhook', now(), %s::jsonb)",
                [shop_id, f"raw:{next(_numbers)}", body.decode()],
            )
        return len(bodies) / (time.perf_counter() - began)
