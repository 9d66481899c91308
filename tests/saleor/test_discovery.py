"""Saleor finds us by our entry point alone: no line of its settings is touched."""

from __future__ import annotations

import importlib.metadata

import saleor.settings
from django.apps import apps
from saleor.plugins.manager import get_plugins_manager

from saleor_mailflow.apps import BEAT_ENTRY


def test_the_entry_point_makes_us_an_app_and_a_plugin():
    entry = [e for e in importlib.metadata.entry_points(group="saleor.plugins") if e.name == "saleor_mailflow"]
    assert [e.value for e in entry] == ["saleor_mailflow.plugin:MailflowPlugin"]
    assert "saleor_mailflow.plugin.MailflowPlugin" in saleor.settings.PLUGINS
    assert "saleor_mailflow" in saleor.settings.INSTALLED_APPS
    assert apps.get_app_config("mailflow").name == "saleor_mailflow"


def test_we_are_active_and_global_without_a_saved_row(db):
    plugin = get_plugins_manager(allow_replica=False).get_plugin("saleor.mailflow")
    assert plugin.active
    assert not plugin.CONFIGURATION_PER_CHANNEL


def test_the_tick_is_in_the_schedule_of_saleors_celery():
    from saleor.celeryconf import app

    app.loader.import_default_modules()
    assert app.conf.beat_schedule[BEAT_ENTRY]["task"] in app.tasks
    assert app.tasks["saleor_mailflow.tasks.tick"].expires == 10


def test_no_permission_rows_are_made_for_our_tables(db):
    from saleor.permission.models import Permission

    assert not Permission.objects.filter(content_type__app_label="mailflow").exists()
