"""Uninstalling takes away all that would outlive us in Saleor's tables, and leaves on disk what the law wants kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django_celery_beat.models import PeriodicTask
from saleor.app.models import App, AppExtension
from saleor.plugins.models import PluginConfiguration

from saleor_mailflow.apps import BEAT_ENTRY
from saleor_mailflow.audience.suppression import suppress
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Shop, Suppression
from saleor_mailflow.uninstall import uninstall

pytestmark = pytest.mark.django_db


@pytest.fixture
def installed(shop, permission_manage_orders):
    """A shop in which Mailflow has left everything that it can leave."""
    from saleor.celeryconf import app as celery
    from saleor.schedulers.schedulers import CustomModelEntry

    # As Saleor's DatabaseScheduler does with each entry at its start (see test_beat for the real one).
    for name in (BEAT_ENTRY, "delete-expired-checkouts"):
        CustomModelEntry.from_entry(name, app=celery, **celery.conf.beat_schedule[name])
    PluginConfiguration.objects.create(identifier="saleor.mailflow", active=True, configuration=[])
    PluginConfiguration.objects.create(identifier="somebody.else", active=True, configuration=[])
    app = App.objects.create(name="Mailflow", identifier="saleor.mailflow", type="thirdparty")
    app.permissions.add(permission_manage_orders)
    AppExtension.objects.create(app=app, label="Mailflow", url="/", mount="navigation_customers", target="app_page")
    suppress(
        shop_id=shop.pk,
        email="ada@example.com",
        reason=Suppression.Reason.UNSUBSCRIBED,
        at=datetime.now(UTC),
        detail="",
    )
    return shop


def left() -> int:
    return (
        PeriodicTask.objects.filter(task__startswith="saleor_mailflow").count()
        + App.objects.filter(identifier="saleor.mailflow").count()
        + AppExtension.objects.count()
        + PluginConfiguration.objects.filter(identifier="saleor.mailflow").count()
    )


def test_asked_what_it_would_do_it_does_nothing(installed, tmp_path):
    assert PeriodicTask.objects.get(name=BEAT_ENTRY).task == "saleor_mailflow.tasks.tick"
    before = left()
    removals = {removal.what: removal.count for removal in uninstall(tmp_path)}
    assert removals["settings of the plugin"] == 1
    assert removals["app with its permissions and tokens"] == 1
    assert left() == before
    assert list(tmp_path.iterdir()) == []


def test_nothing_goes_before_the_export_is_written(installed, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    before = left()
    with pytest.raises(ConfigurationError, match="Nothing was removed"):
        uninstall(blocked, apply=True)
    assert left() == before


def test_it_leaves_nothing_of_ours_and_everything_of_others(installed, tmp_path):
    uninstall(tmp_path, apply=True)
    assert left() == 0
    assert PluginConfiguration.objects.filter(identifier="somebody.else").exists()
    assert PeriodicTask.objects.filter(task="saleor.checkout.tasks.delete_expired_checkouts").exists()
    assert not Shop.objects.filter(installed=True).exists()
    (kept,) = [json.loads(line) for line in (tmp_path / "suppression.jsonl").read_text().splitlines()]
    assert kept["reason"] == "unsubscribed"
    assert "ada@example.com" not in json.dumps(kept)
    assert (tmp_path / "messages.jsonl").exists()
    assert len((tmp_path / "link_keys.jsonl").read_text().splitlines()) == 1
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_twice_is_once(installed, tmp_path):
    uninstall(tmp_path, apply=True)
    assert {removal.count for removal in uninstall(tmp_path, apply=True)} == {0}
