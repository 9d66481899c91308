"""The Django app. Inside Saleor it puts the tick into beat's schedule; refuses to touch the database at start-up."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig
from django.conf import settings

#: Under this name beat keeps the tick, also in its own table, where it outlives the package (see ``uninstall``).
BEAT_ENTRY = "saleor-mailflow-tick"


class MailflowConfig(AppConfig):
    """Mailflow as a Django app, found by Saleor under the entry point's name."""

    name = "saleor_mailflow"
    label = "mailflow"
    verbose_name = "Mailflow"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep links out of request logs, take in other packages' flows, and give a Saleor's beat the tick."""
        from saleor_mailflow import access_logs, host
        from saleor_mailflow.flows.catalog import add_flows

        access_logs.install()
        # Models are ready by now, so a package with flows may use them.
        add_flows()
        schedule = getattr(settings, "CELERY_BEAT_SCHEDULE", None)
        if not host.inside_saleor() or not isinstance(schedule, dict):
            return
        from saleor_mailflow.tasks import EVERY, EXPIRES

        schedule.setdefault(
            BEAT_ENTRY,
            {
                "task": "saleor_mailflow.tasks.tick",
                "schedule": timedelta(seconds=EVERY),
                "options": {"expires": EXPIRES},
            },
        )
