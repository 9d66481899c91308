"""Fixtures of a real Saleor, with Mailflow in it. Saleor's own root conftest cannot be loaded from outside its tree."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import django.test
import psycopg
import pytest
from django.conf import settings as host_settings
from django.db import connection
from django.db.models.signals import pre_migrate
from saleor.tests.utils import prepare_test_db_connections

_DATABASES = {host_settings.DATABASE_CONNECTION_DEFAULT_NAME, host_settings.DATABASE_CONNECTION_REPLICA_NAME}
django.test.TransactionTestCase.databases = _DATABASES
django.test.TestCase.databases = _DATABASES
prepare_test_db_connections()

pytest_plugins = [
    "compatibility",
    "saleor.tests.fixtures",
    "saleor.app.tests.fixtures",
    "saleor.plugins.tests.fixtures",
    "saleor.graphql.tests.fixtures",
    "saleor.webhook.tests.fixtures",
    "saleor.tax.tests.fixtures",
    "saleor.channel.tests.fixtures",
    "saleor.page.tests.fixtures",
    "saleor.menu.tests.fixtures",
    "saleor.warehouse.tests.fixtures",
    "saleor.thumbnail.tests.fixtures",
    "saleor.order.tests.fixtures",
    "saleor.product.tests.fixtures",
    "saleor.site.tests.fixtures",
    "saleor.shipping.tests.fixtures",
    "saleor.permission.tests.fixtures",
    "saleor.giftcard.tests.fixtures",
    "saleor.discount.tests.fixtures",
    "saleor.checkout.tests.fixtures",
    "saleor.attribute.tests.fixtures",
    "saleor.account.tests.fixtures",
    "saleor.graphql.account.tests.fixtures",
    "saleor.payment.tests.fixtures",
    "saleor.webhook.tests.circuit_breaker.fixtures",
]


@pre_migrate.connect
def _what_only_migrations_make(using: str, **_: object) -> None:
    """Make the extensions and the one sequence that Saleor's models rely on and only its migrations create."""
    if not host_settings.FAST_DATABASE:
        return
    with django.db.connections[using].cursor() as cursor:
        for extension in ("hstore", "pg_trgm", "btree_gin", "pgcrypto"):
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        cursor.execute("CREATE SEQUENCE IF NOT EXISTS order_order_number_seq")


@pytest.fixture(autouse=True)
def mailflow(request, settings):
    """Mailflow is the plugin in every test. Saleor has an autouse fixture that sets others: it has to go first."""
    from saleor_mailflow import host
    from saleor_mailflow.webhooks import record

    known = request.session._fixturemanager._arg2fixturedefs
    for name in ("setup_dummy_gateways", "setup_dummy_gateway"):
        if name in known:
            request.getfixturevalue(name)
    settings.PLUGINS = ["saleor_mailflow.plugin.MailflowPlugin"]
    host.forget()
    record._paused_until = 0.0
    yield
    host.forget()


@pytest.fixture
def shop(db):
    """The shop's row, as the first save or tick makes it."""
    from saleor_mailflow import host

    return host.ensure_shop()


@pytest.fixture
def recorded(shop) -> Callable[[], list[tuple[str, str, str, int]]]:
    """Return what is recorded: (kind, dedupe key, subject, generation), in order."""
    from saleor_mailflow.models import Event

    def read() -> list[tuple[str, str, str, int]]:
        return list(Event.objects.order_by("id").values_list("kind", "dedupe_key", "subject", "generation"))

    return read


@pytest.fixture
def other_session() -> Iterator[psycopg.Connection]:
    """Another session of the same database, in which a test can lock what it likes."""
    given = connection.get_connection_params()
    parameters = {key: given[key] for key in ("dbname", "user", "password", "host", "port") if given.get(key)}
    with psycopg.connect(**parameters) as other:
        yield other


@contextmanager
def our_statements() -> Iterator[list[tuple[str, float]]]:
    """Collect (statement, seconds) of everything sent to our own tables."""
    seen: list[tuple[str, float]] = []

    def watch(execute, sql, params, many, context):
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            if "mailflow_" in str(sql):
                seen.append((str(sql), time.perf_counter() - began))

    with connection.execute_wrapper(watch):
        yield seen


@pytest.fixture
def goods(variant, channel_USD):
    """A variant that needs no shipping, in a shop where an order may be paid later (bank transfer)."""
    product_type = variant.product.product_type
    product_type.is_shipping_required = False
    product_type.save(update_fields=["is_shipping_required"])
    # Stock is Saleor's business, and its rules for it differ between versions.
    variant.track_inventory = False
    variant.save(update_fields=["track_inventory"])
    channel_USD.allow_unpaid_orders = True
    channel_USD.save(update_fields=["allow_unpaid_orders"])
    return variant


@pytest.fixture
def guest(api_client, channel_USD, goods):
    """Somebody without an account."""
    from shopper import Shopper

    return Shopper(api_client, channel_USD.slug)


@pytest.fixture
def member(user_api_client, channel_USD, goods):
    """Somebody with an account, signed in."""
    from shopper import Shopper

    return Shopper(user_api_client, channel_USD.slug)


@pytest.fixture(scope="session")
def smtp(tmp_path_factory):
    """A real SMTP server in a process of its own: its port, and where it keeps what it takes."""
    from saleor_mailflow.testing.smtp_sink import sink_process

    kept = tmp_path_factory.mktemp("mails")
    with sink_process(log=kept / "log.jsonl", keep=kept) as port:
        yield port, kept


@pytest.fixture
def day(db, smtp, staff_api_client, permission_manage_plugins):
    """A shop set up through its settings page, with the flow on since an hour before START."""
    from day import HOUR, START, Day

    port, kept = smtp
    for old in kept.glob("*.eml"):
        old.unlink()
    staff_api_client.user.user_permissions.add(permission_manage_plugins)
    story = Day(staff_api_client, kept)
    story.now = START - HOUR
    story.settings(
        sender_name="Corner Shop",
        sender_email="hello@corner.example",
        postal_address="Corner Shop, Hauptstr. 1, 10115 Berlin",
        provider="smtp",
        provider_options=f"host = 127.0.0.1\nport = {port}\nuse_tls = no",
        storefront_links="* = https://corner.example/cart?checkout={checkout}",
        lawful_basis="* = none",
        flow_abandoned_checkout="true",
    )
    story.now = START
    return story
