"""Taking webhooks in, signature and all, against bare inserts with a commit each.

Two comparisons, since there are two fair questions. What do verification and parsing cost beside the insert: our view
against a loop over one connection that believes every word. And what does a server see: our view behind Django's whole
WSGI handler against the thinnest view that inserts, behind the same handler.
Refuses to count the signing, which is the shop's work, and a webhook that was not recorded.
"""

from __future__ import annotations

import gc
import io
import json
import os
import time
from collections.abc import Callable
from itertools import count
from statistics import harmonic_mean, median
from typing import Any

from benchmarks.ground import Cpu, Figure, Rounds, ratio

_numbers = count(1)
#: The variants take turns so many times within a round: a disk that is slow for a moment is slow for all of them, and a
#: round in which it was slow for the peer alone is no better one.
_SLICES = 5
#: About what our view does before its insert, in seconds: both processes fall asleep for that long.
_PAUSE = 0.00025
_INSERT = (
    "INSERT INTO mailflow_event (shop_id, kind, dedupe_key, subject, source, occurred_at, payload) "
    "VALUES (%s, 'checkout.changed', %s, '', 'webhook', now(), %s::jsonb)"
)


def figures(*, events: int, rounds: int) -> list[Figure]:
    """Return the figures of intake."""
    import logging

    import psycopg
    from django.core.wsgi import get_wsgi_application
    from django.db import connection

    from saleor_mailflow.models import Event, Shop
    from saleor_mailflow.testing.signing import SigningShop
    from saleor_mailflow.webhooks.views import saleor

    logging.getLogger("saleor_mailflow").setLevel(logging.ERROR)
    sender = SigningShop("https://intake.example/graphql/")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE mailflow_shop CASCADE")
    shop = Shop.objects.create(domain=sender.domain, api_url=sender.api_url, road="app", jwks=sender.key_set())
    application = get_wsgi_application()
    used: dict[str, list[float]] = {}
    line = psycopg.connect(os.environ["MAILFLOW_DATABASE_URL"], autocommit=True)

    def timed(name: str, jobs: list[Any], work: Callable[[Any], object], server: int) -> float:
        before = Event.objects.count()
        # The waiting requests are the benchmark's, not a server's: they must not be searched for garbage.
        gc.collect()
        gc.freeze()
        meter, began = Cpu(server), time.perf_counter()
        for job in jobs:
            work(job)
        seconds = time.perf_counter() - began
        used.setdefault(name, []).append(meter.seconds() / len(jobs) * 1e6)
        gc.unfreeze()
        if Event.objects.count() != before + len(jobs):
            raise RuntimeError(f"{name}: {Event.objects.count() - before} of {len(jobs)} events were recorded.")
        return len(jobs) / seconds

    def ours() -> int:
        connection.ensure_connection()
        return int(connection.connection.info.backend_pid)

    def bodies() -> list[bytes]:
        return [_body(next(_numbers)) for _ in range(events // _SLICES)]

    def raw(body: bytes) -> None:
        line.execute(_INSERT, [shop.pk, f"raw:{next(_numbers)}", body.decode()])

    def after_a_pause(body: bytes) -> None:
        until = time.perf_counter() + _PAUSE
        while time.perf_counter() < until:
            pass
        raw(body)

    variants: dict[str, Callable[[], float]] = {
        "raw": lambda: timed("raw loop", bodies(), raw, line.info.backend_pid),
        "paused": lambda: timed("raw loop with pauses", bodies(), after_a_pause, line.info.backend_pid),
        "view": lambda: timed("our view", [_request(sender, one) for one in bodies()], _answered(saleor), ours()),
        "handler": lambda: timed(
            "our view, whole handler",
            [_environ("/webhooks/saleor/", one, sender.headers("checkout_updated", one)) for one in bodies()],
            _served(application),
            ours(),
        ),
        "thin": lambda: timed(
            "thin view, whole handler",
            [_environ("/webhooks/thin/", one, {}) for one in bodies()],
            _served(application),
            ours(),
        ),
    }
    whole = range(0, rounds * _SLICES, _SLICES)
    with line, _thin_view(shop.pk):
        for one in variants.values():
            one()
        used.clear()
        sliced = Rounds(count=rounds * _SLICES).run(variants)
    seen = {name: [harmonic_mean(rates[at : at + _SLICES]) for at in whole] for name, rates in sliced.items()}
    spent = {name: sorted(times)[len(times) // 2] for name, times in used.items()}
    del spent["raw loop with pauses"]
    cpu = "processor µs with the server's: " + ", ".join(f"{name} {value:.0f}" for name, value in spent.items())
    bare, paused = (1e6 / median(seen[name]) for name in ("raw", "paused"))
    cpu += f"; a bare insert takes {bare:.0f} µs, after a pause of {_PAUSE * 1e6:.0f} µs {paused - _PAUSE * 1e6:.0f}"
    served = max(h / r for h, r in zip(seen["handler"], seen["raw"], strict=True))
    return [
        ratio("webhook intake ÷ raw single-commit inserts", seen["view"], seen["raw"], goal=0.6, note=cpu),
        ratio(
            "webhook intake ÷ a thin inserting view, both behind the whole WSGI handler",
            seen["handler"],
            seen["thin"],
            goal=0.6,
            note=f"{served:.2f} of the raw loop, which has no HTTP; {max(seen['handler']):.0f} a second, one process",
        ),
    ]


def _answered(view: Any) -> Callable[[Any], object]:
    def work(request: Any) -> None:
        answer = view(request)
        assert answer.status_code == 200, answer.content

    return work


def _served(application: Any) -> Callable[[Any], object]:
    def work(environ: dict[str, Any]) -> None:
        said: list[str] = []
        answer = application(environ, lambda status, headers: said.append(status))
        content = b"".join(answer)
        answer.close()
        assert said == ["200 OK"], content

    return work


class _thin_view:
    """The least that a Django team would write: read the JSON, insert it, believing every word."""

    def __init__(self, shop_id: int) -> None:
        from django.db import connection
        from django.http import JsonResponse
        from django.urls import path
        from django.views.decorators.csrf import csrf_exempt

        @csrf_exempt
        def thin(request: Any) -> Any:
            body = json.loads(request.body)
            with connection.cursor() as cursor:
                cursor.execute(_INSERT, [shop_id, f"thin:{next(_numbers)}", json.dumps(body)])
            return JsonResponse({"recorded": True})

        self._route = path("webhooks/thin/", thin)

    def __enter__(self) -> None:
        from django.urls import clear_url_caches

        from saleor_mailflow.service import urls

        urls.urlpatterns.append(self._route)
        clear_url_caches()

    def __exit__(self, *exc: object) -> None:
        from django.urls import clear_url_caches

        from saleor_mailflow.service import urls

        urls.urlpatterns.remove(self._route)
        clear_url_caches()


def _request(sender: Any, raw: bytes) -> Any:
    from django.core.handlers.wsgi import WSGIRequest

    return WSGIRequest(_environ("/webhooks/saleor/", raw, sender.headers("checkout_updated", raw)))


def _environ(path: str, raw: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """Return what a WSGI server hands over (PEP 3333)."""
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_USER_AGENT": "Saleor/3.23",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(raw),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }


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
