"""Being inside a Saleor: its database rules, its public address, its signing key, and the settings page's values.

Refuses to compare versions (a feature is looked for, never a number) and to import Saleor before it is asked something.
Outside Saleor every question has a harmless answer, so callers need not ask where they run.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from types import MappingProxyType
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction

from saleor_mailflow.models import LinkKey, Shop

PLUGIN_ID = "saleor.mailflow"
#: Saleor's plugin that sends order and account mail to customers.
CUSTOMER_MAIL_ID = "mirumee.notifications.user_email"

#: The secret fields of the settings page. The Dashboard shows them apart and saves them one by one.
SECRET_FIELDS = ("provider_api_key", "provider_secret", "provider_password", "provider_signing_key")
#: Provider → what Anymail (or SMTP) calls the secrets it has. A provider that is not named has an ``api_key``.
SECRET_OPTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "amazon_ses": {"provider_api_key": "aws_access_key_id", "provider_secret": "aws_secret_access_key"},
        "console": {},
        "mailersend": {"provider_api_key": "api_token"},
        "mailjet": {"provider_api_key": "api_key", "provider_secret": "secret_key"},
        "mailtrap": {"provider_api_key": "api_token"},
        "postmark": {"provider_api_key": "server_token"},
        "scaleway": {"provider_api_key": "secret_key"},
        "smtp": {"provider_password": "password"},
    }
)

#: Providers that sign their webhooks with a key of their own, which ``signing_key`` holds.
SIGNING_PROVIDERS = frozenset({"mailersend", "mailgun", "mailtrap", "mandrill", "postal", "resend", "sendgrid"})

#: Any number that nothing else in the database locks on: "mailflow" as bytes, shortened.
_INSTALL_LOCK = 0x6D61696C66

#: The shop's id and until when (by ``time.monotonic``) this process may take it for true.
_kept_shop_id: tuple[int, float] | None = None


def inside_saleor() -> bool:
    """Tell whether this process is a Saleor's. Needs Django's app registry, nothing else."""
    return apps.is_installed("saleor.plugins")


def writer() -> AbstractContextManager[None]:
    """Return a context in which Saleor lets us use the writer's connection; outside Saleor it does nothing.

    Saleor warns about (in its tests: forbids) every statement on the writer that is not inside one. It nests.
    """
    if not inside_saleor() or importlib.util.find_spec("saleor.core.db.connection") is None:
        return nullcontext()
    from saleor.core.db.connection import allow_writer

    return allow_writer()


def reader_alias() -> str:
    """Return the database alias for bulk reads that may lag: Saleor's replica, else ``default``."""
    alias = str(getattr(settings, "DATABASE_CONNECTION_REPLICA_NAME", ""))
    return alias if alias in settings.DATABASES else "default"


def public_url() -> str:
    """Return the shop's public address without a final slash (``PUBLIC_URL``, else the Site's), "" outside Saleor."""
    if not inside_saleor():
        return ""
    from saleor.core.utils import build_absolute_uri

    with writer():
        return str(build_absolute_uri("/")).rstrip("/")


def signing_key_fingerprint() -> str:
    """Return the RFC 7638 thumbprint of the key that signs this shop's webhooks, "" where there is none to be had."""
    if not inside_saleor():
        return ""
    from django.core.exceptions import ImproperlyConfigured
    from saleor.core.jwt_manager import get_jwt_manager

    try:
        found = get_jwt_manager().get_key_id()
    except ImproperlyConfigured:
        # No RSA_PRIVATE_KEY: such a shop signs nothing, so its key cannot tell it from a copy; its address still does.
        return ""
    return found if isinstance(found, str) else ""


def plugin_settings() -> dict[str, object]:
    """Return what the merchant typed into the settings page, by setting key, for ``conf.read_settings``.

    One query. Without a saved row there is nothing but ``active`` (True: the plugin's default). Secrets are put among
    ``provider_options`` under the provider's own names, so a caller sees one form wherever the settings come from.
    """
    from saleor.plugins.models import PluginConfiguration

    with writer():
        row = (
            PluginConfiguration.objects.filter(identifier=PLUGIN_ID, channel=None)
            .values_list("active", "configuration")
            .first()
        )
    if row is None:
        return {"active": True}
    return {**merge_secrets({item["name"]: item.get("value") for item in row[1] or ()}), "active": row[0]}


def merge_secrets(raw: Mapping[str, object]) -> dict[str, object]:
    """Return ``raw`` with the provider's secrets as lines of ``provider_options``, where a secret wins over a line.

    Secrets that the chosen provider has no use for (left over from another one) are left out.
    """
    merged = dict(raw)
    provider = str(merged.get("provider") or "").strip().lower().replace("-", "_").replace(" ", "_")
    names = dict(SECRET_OPTIONS.get(provider, {"provider_api_key": "api_key"}))
    if provider in SIGNING_PROVIDERS:
        names["provider_signing_key"] = "signing_key"
    lines = [str(merged.get("provider_options") or "")]
    for field in SECRET_FIELDS:
        secret = str(merged.pop(field, None) or "").strip()
        if secret and field in names:
            lines.append(f"{names[field]} = {secret}")
    merged["provider_options"] = "\n".join(line for line in lines if line)
    return merged


def has_broker() -> bool:
    """Tell whether Saleor's Celery has a broker, without which its beat and worker do not run."""
    return bool(getattr(settings, "CELERY_BROKER_URL", ""))


def customer_mail_channels() -> list[str]:
    """Return the channels in which Saleor's own customer mail is switched on, by slug. One query."""
    from saleor.plugins.models import PluginConfiguration

    with writer():
        own = PluginConfiguration.objects.filter(identifier=CUSTOMER_MAIL_ID, active=True, channel__isnull=False)
        return list(own.order_by("channel__slug").values_list("channel__slug", flat=True))


def own_shop_id(*, wait_ms: int = 25, keep_seconds: float = 60.0) -> int | None:
    """Return the id of the shop we live inside, or None while it has no row. For hooks: waits ``wait_ms`` at most.

    The answer is kept ``keep_seconds`` in this process, to save a hook its second query. A row that has gone since is
    noticed by the foreign key, so a kept answer can cost an event (which the sweep finds) but never write a wrong one.
    Raises DatabaseError where the table is missing or locked.
    """
    global _kept_shop_id  # an optimisation of this process, renewed every minute
    now = time.monotonic()
    if _kept_shop_id is not None and now < _kept_shop_id[1]:
        return _kept_shop_id[0]
    query = "SELECT id FROM mailflow_shop WHERE road = 'plugin' AND installed ORDER BY id LIMIT 1"
    with connection.cursor() as cursor:
        if connection.in_atomic_block:
            cursor.execute(query)
        else:
            # One round trip, one implicit transaction: see ``webhooks.record``.
            cursor.execute(f"SET LOCAL lock_timeout = {wait_ms:d}; SET LOCAL statement_timeout = {wait_ms:d}; {query}")
            while cursor.description is None and cursor.nextset():
                pass
        row = cursor.fetchone()
    _kept_shop_id = None if row is None else (int(row[0]), now + keep_seconds)
    return None if row is None else int(row[0])


def forget() -> None:
    """Forget what this process keeps for speed. For ``uninstall`` and tests."""
    global _kept_shop_id  # see own_shop_id
    _kept_shop_id = None


def ensure_shop() -> Shop:
    """Return the shop we live inside, and make its row and first link key where there is none yet.

    Any number of processes may ask at once: one makes it. An existing row is returned as it is, whatever address it
    remembers, because a restored copy must be seen as one (``shop.identity``) and not become a second shop.
    """
    with writer(), transaction.atomic():
        found = Shop.objects.filter(road=Shop.Road.PLUGIN).order_by("id").first()
        if found is not None and found.installed and found.link_keys.exists():
            return found
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_INSTALL_LOCK])
        address = public_url()
        shop = Shop.objects.filter(road=Shop.Road.PLUGIN).order_by("id").first()
        if shop is None:
            shop, _ = Shop.objects.update_or_create(
                domain=urlsplit(address).netloc,
                defaults={"road": Shop.Road.PLUGIN, "api_url": f"{address}/graphql/", "installed": True},
                create_defaults={
                    "road": Shop.Road.PLUGIN,
                    "api_url": f"{address}/graphql/",
                    "public_url": address,
                    "key_fingerprint": signing_key_fingerprint(),
                },
            )
        elif not shop.installed:
            shop.installed = True
            shop.save(update_fields=["installed"])
        if not shop.link_keys.exists():
            LinkKey.objects.create(shop=shop)
        return shop
