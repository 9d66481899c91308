"""Set the demo's stage: its shop in the database, a mail server that delivers nothing, our pages and door over HTTP.

Refuses a database that holds anybody's real shop: the demo empties its tables before it plays.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connection

from saleor_mailflow.clock import FrozenClock, install
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.models import Flow, Shop
from saleor_mailflow.retention import POLICIES
from saleor_mailflow.service.demo import scene
from saleor_mailflow.service.demo.day import Day
from saleor_mailflow.service.demo.scene import HOST, Stage
from saleor_mailflow.testing.smtp_sink import SmtpSink

#: Where people find the page again after a second run; any free port where it is taken.
FAVOURITE_PORT = 8765
#: Marks a shop of the demo among a shop's settings, so that no real one is ever emptied.
_MARK = "demo"
_SALEORS_TABLE = "checkout_checkout"


@contextmanager
def staged(day: Day, *, port: int = 0) -> Iterator[Stage]:
    """Set up all a day needs and take it down again. ``port`` 0 is the favourite one, or any.

    Raises ConfigurationError for a database in use by others.
    """
    _claim_the_database()
    clock = FrozenClock(day.webhooks[0].at)
    install(clock)
    with SmtpSink(fsync=False) as sink, _served(port) as served:
        shop = _install_shop(day, smtp=sink.port, http=served)
        set_mode(shop, "abandoned_checkout", Flow.Mode.LIVE, at=clock.now())
        stage = Stage(shop=shop, clock=clock, sink=sink, port=served)
        scene.begin(stage, day)
        yield stage


def _claim_the_database() -> None:
    """Make our tables, or empty those of an earlier demo."""
    owners = ["a Saleor"] if _SALEORS_TABLE in connection.introspection.table_names() else []
    if not owners:
        call_command("migrate", verbosity=0, interactive=False)
        owners = [shop.domain for shop in Shop.objects.all() if _MARK not in shop.settings]
    if owners:
        raise ConfigurationError(
            f"The database of MAILFLOW_DATABASE_URL belongs to {', '.join(owners)}. "
            "Give the demo an empty one, or leave the variable unset and it brings its own.",
            key="MAILFLOW_DATABASE_URL",
        )
    tables = [name for name in connection.introspection.table_names() if name.startswith("mailflow_")]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, tables))} CASCADE")


def _install_shop(day: Day, *, smtp: int, http: int) -> Shop:
    address = urlsplit(day.api_url)
    here = f"http://{HOST}:{http}"
    brand = "The Demo Shop"
    return Shop.objects.create(
        domain=day.domain,
        api_url=day.api_url,
        road=Shop.Road.APP,
        public_url=f"{address.scheme}://{address.netloc}",
        jwks=dict(day.key_set),
        settings={
            _MARK: "yes",
            "sender_name": brand,
            "sender_email": "hello@demo-shop.example",
            "reply_to": "hello@demo-shop.example",
            "brand_name": brand,
            "postal_address": "The Demo Shop, 1 Example Street, 12345 Springfield",
            "provider": "smtp",
            "provider_options": {"host": HOST, "port": str(smtp), "sink": "yes"},
            "storefront_links": {"*": f"{here}/storefront/?checkout={{checkout}}"},
            "consent_key": "newsletter",
            "link_host": here,
            # A recorded clock may leap years, and what was told is counted at the end.
            "retention": {policy.key: "36500" for policy in POLICIES if policy.days is not None},
        },
    )


class _Quiet(WSGIRequestHandler):
    """A request handler that writes nothing to the terminal."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the screen belongs to the show."""


@contextmanager
def _served(port: int) -> Iterator[int]:
    server = _server(port)
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="door", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def _server(port: int) -> ThreadedWSGIServer:
    for wish in (port,) if port else (FAVOURITE_PORT, 0):
        try:
            return ThreadedWSGIServer((HOST, wish), _Quiet)
        except OSError as error:
            if wish == port and port:
                raise ConfigurationError(f"Port {port} cannot be used ({error}). Give --port another.") from error
    raise AssertionError("port 0 is always free")
