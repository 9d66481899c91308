"""Take away what would outlive the package in a Saleor, after writing down what a shop must keep.

Refuses to remove anything without being told to (``apply``), and before the export is on disk. Beat's rows, our App and
the settings stay in Saleor's tables when the package is gone; beat would go on sending a task that nobody knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import QuerySet

from saleor_mailflow import host
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Message, Shop, Suppression

#: How many messages are written at a time.
_PAGE = 1000
_MESSAGE_COLUMNS = (
    "uuid",
    "shop__domain",
    "contact__email",
    "flow_key",
    "step",
    "purpose",
    "state",
    "reason",
    "planned_at",
    "ended_at",
    "provider",
    "provider_message_id",
    "subject",
)
_SUPPRESSION_COLUMNS = ("shop__domain", "entity", "email_hash", "reason", "detail", "at")


@dataclass(frozen=True, kw_only=True)
class Removal:
    """Rows that go: what they are to an operator, and how many there are."""

    what: str
    count: int


def uninstall(directory: Path, *, apply: bool = False) -> list[Removal]:
    """Return what there is to take away; with ``apply``, write the export to ``directory`` and take it away.

    The export is ``messages.jsonl`` and ``suppression.jsonl``, with the keys of its hashes in ``link_keys.jsonl``.
    Our own tables stay: ``python manage.py migrate mailflow zero`` drops them, once nothing needs them any more.
    Raises ConfigurationError outside Saleor, or where the directory cannot be written.
    """
    if not host.inside_saleor():
        raise ConfigurationError("This is no Saleor; there is nothing of ours in its tables.", key="uninstall")
    with host.writer():
        found = _rows()
        removals = [Removal(what=what, count=rows.count()) for what, rows in found]
        if not apply:
            return removals
        export(directory)
        with transaction.atomic():
            for _, rows in found:
                # One by one: Saleor's scheduler learns of it from the signals of a row.
                for row in rows:
                    row.delete()
            Shop.objects.filter(road=Shop.Road.PLUGIN).update(installed=False)
        host.forget()
        return removals


def export(directory: Path) -> None:
    """Write suppression, link keys and the message ledger as JSON lines. Raises ConfigurationError where that fails."""
    keys = Shop.objects.order_by("pk").values("domain", "link_keys__key", "link_keys__created_at")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _write(directory / "suppression.jsonl", Suppression.objects.order_by("pk").values(*_SUPPRESSION_COLUMNS))
        _write(directory / "messages.jsonl", Message.objects.order_by("pk").values(*_MESSAGE_COLUMNS))
        _write(directory / "link_keys.jsonl", keys)
    except OSError as error:
        raise ConfigurationError(
            f"The export cannot be written to {directory}: {error.strerror}. Nothing was removed; name another place.",
            key="uninstall",
        ) from error


def _write(path: Path, rows: QuerySet[Any, Any]) -> None:
    # Addresses and keys: for the operator's eyes only.
    path.touch(mode=0o600)
    path.chmod(0o600)
    with path.open("w", encoding="utf-8") as file:
        for row in rows.iterator(chunk_size=_PAGE):
            file.write(json.dumps(row, default=_plain, ensure_ascii=False, sort_keys=True) + "\n")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _rows() -> list[tuple[str, QuerySet[Any]]]:
    """Return what lies in Saleor's tables, children first. A table that this Saleor does not have has nothing."""

    def of(label: str, **lookup: object) -> QuerySet[Any] | None:
        try:
            model = apps.get_model(label)
        except LookupError:
            return None
        return QuerySet(model).filter(**lookup)

    beat = {"name__startswith": "saleor-mailflow-"}
    found: Iterable[tuple[str, QuerySet[Any] | None]] = (
        ("beat's entry (Saleor's own table)", of("schedulers.CustomPeriodicTask", **beat)),
        ("beat's entry", of("django_celery_beat.PeriodicTask", **beat)),
        ("extension in the Dashboard", of("app.AppExtension", app__identifier=host.PLUGIN_ID)),
        ("app with its permissions and tokens", of("app.App", identifier=host.PLUGIN_ID)),
        ("settings of the plugin", of("plugins.PluginConfiguration", identifier=host.PLUGIN_ID)),
        ("content type of our tables", of("contenttypes.ContentType", app_label="mailflow")),
    )
    return [(what, rows) for what, rows in found if rows is not None]
