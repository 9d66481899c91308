"""What stands behind the plugin's settings page: what a save sets off, and what the page shows of this moment.

Refuses to complain about unfinished settings (the Dashboard saves secrets one by one): what is missing is said in
``status``. The truth about a flow is its row, so a switch that was not touched changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import ProgrammingError, connection, transaction

from saleor_mailflow import clock, conf, host, host_dashboard
from saleor_mailflow.audit import SETTINGS_PAGE, actor_or, difference, record_audit
from saleor_mailflow.exceptions import MailflowError
from saleor_mailflow.models import Flow, Heartbeat, Shop
from saleor_mailflow.vault import has_lasting_key, seal

logger = logging.getLogger("saleor_mailflow.settings_page")

TEST_FIELD = "test_send_to"
#: How long the outcome of a test mail stands in ``status``.
TEST_SHOWN = timedelta(minutes=15)
_FLOW, _SHADOW = "flow_", "_shadow"


def sealed(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what was typed with its secrets sealed, for Saleor keeps them in clear text.

    The end of a secret stays legible, since the Dashboard shows the last four characters for it to be known again.
    Where this process has no lasting key (a Saleor in debug mode makes one up) everything is returned as it is.
    """
    if not has_lasting_key():
        return [dict(item) for item in items]
    return [
        {**item, "value": seal(str(item["value"]).strip(), tail=_tail(item["name"], str(item["value"]).strip()))}
        if item["name"] in host.SECRET_FIELDS and item.get("value")
        else dict(item)
        for item in items
    ]


def _tail(name: str, secret: str) -> str:
    """Return what the Dashboard may show: of a password nothing, of a short secret the last character, else four."""
    if name == "provider_password":
        return ""
    return secret[-4:] if len(secret) > 4 else f"***{secret[-1:]}"


def after_save(
    typed: Mapping[str, object],
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Make sure the shop has its row, switch flows as typed, send the test mail asked for, show our App.

    ``typed`` may be partial.

    ``before`` and ``after`` are the whole page as it was kept, for the audit. Saleor does not tell a plugin who saved.
    Raises whatever the database raises; the settings themselves are saved by then.
    """
    now = clock.now()
    with host.writer():
        with transaction.atomic():
            shop = host.ensure_shop()
            _note(shop, before or {}, after or {}, now)
            _switch(shop, typed, now)
        address = str(typed.get(TEST_FIELD) or "").strip()
        if address:
            # Outside the transaction: it talks to the provider, and nothing is held meanwhile.
            sentence = _trial(address)
            Heartbeat.objects.update_or_create(name="testsend", defaults={"at": now, "detail": {"said": sentence}})
        if host.plugin_settings().get("active"):
            host_dashboard.sync_app()


def shown(configuration: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the page's fields with ``status`` and every switch as they are now. Never raises, never waits long."""
    switches: dict[str, bool] = {}
    try:
        with host.writer(), transaction.atomic():
            _be_brief()
            for key, mode in Flow.objects.filter(shop__road=Shop.Road.PLUGIN).values_list("key", "mode"):
                switches[f"{_FLOW}{key}"] = mode == Flow.Mode.LIVE
                switches[f"{_FLOW}{key}{_SHADOW}"] = mode == Flow.Mode.SHADOW
            status = _status()
    except ProgrammingError:
        status = "Mailflow's tables are missing. Run `python manage.py migrate`, then reload this page."
    except Exception as error:  # noqa: BLE001 - the page must open whatever is wrong with us
        logger.warning("The status of the settings page could not be worked out (%s).", type(error).__name__)
        status = f"The status could not be worked out ({type(error).__name__}). Run `python manage.py mailflow status`."
    values = {**switches, "status": status, "dashboard": _whereabouts(), TEST_FIELD: ""}
    return [{**field, "value": values.get(field["name"], field.get("value"))} for field in configuration]


def _whereabouts() -> str:
    """Return where the screens are, in the one short line that the Dashboard shows."""
    return f"Customers → Mail flows ({host_dashboard.app_address()})"


def _note(shop: Shop, before: Mapping[str, object], after: Mapping[str, object], now: datetime) -> None:
    """Write down what was changed. Switches of flows are noted where they are switched; what we write is no setting."""

    def settings(page: Mapping[str, object]) -> dict[str, object]:
        return {
            name: value
            for name, value in page.items()
            if name not in {"status", "dashboard"} and not name.startswith(_FLOW)
        }

    was, became = difference(settings(before), settings(after))
    if was or became:
        record_audit(shop, actor_or(SETTINGS_PAGE), "settings.changed", "settings", was, became, now)


def _switch(shop: Shop, typed: Mapping[str, object], now: datetime) -> None:
    from saleor_mailflow.flows.publish import set_mode

    keys = {name.removeprefix(_FLOW).removesuffix(_SHADOW) for name in typed if name.startswith(_FLOW)}
    modes = dict(Flow.objects.filter(shop=shop, key__in=keys).values_list("key", "mode"))
    for key in sorted(keys):
        mode = modes.get(key, Flow.Mode.OFF)
        live = _ticked(typed.get(f"{_FLOW}{key}"), mode == Flow.Mode.LIVE)
        shadow = _ticked(typed.get(f"{_FLOW}{key}{_SHADOW}"), mode == Flow.Mode.SHADOW)
        wanted = Flow.Mode.SHADOW if shadow else Flow.Mode.LIVE if live else Flow.Mode.OFF
        if wanted != mode:
            set_mode(shop, key, wanted, at=now, actor=actor_or(SETTINGS_PAGE))


def _ticked(value: object, otherwise: bool) -> bool:
    """Return a switch as typed (the API sends text), or what it is where it was left out."""
    return otherwise if value is None else str(value).strip().lower() == "true"


def _trial(address: str) -> str:
    from saleor_mailflow.messages.trial import send_trial

    try:
        return str(send_trial(conf.read_settings(host.plugin_settings()), address))
    except MailflowError as error:
        return str(error)


def _status() -> str:
    from saleor_mailflow.process.health import status_sentence

    if conf.disabled():
        return "MAILFLOW_DISABLED is set: nothing is recorded and nothing is sent. Links in mails go on working."
    sentences = []
    last = Heartbeat.objects.filter(name="testsend", at__gt=clock.now() - TEST_SHOWN).first()
    if last is not None:
        sentences.append(f"Test mail at {last.at:%H:%M} UTC: {last.detail.get('said', '')}")
    shop = Shop.objects.filter(road=Shop.Road.PLUGIN).order_by("id").first()
    if shop is None:
        sentences.append("Not set up yet: enter sender, postal address and provider, and save.")
    else:
        sentences.append(status_sentence(shop, conf.read_settings(host.plugin_settings()), clock.now()))
    return "\n".join(sentences)


def _be_brief() -> None:
    """Let nothing of this transaction wait for long: a merchant is looking at an empty page meanwhile."""
    if len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = 500; SET LOCAL statement_timeout = 3000")
