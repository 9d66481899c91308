"""The Django app. Inside Saleor it registers the tick; refuses to touch the database at start-up."""

from __future__ import annotations

from django.apps import AppConfig


class MailflowConfig(AppConfig):
    """Mailflow as a Django app, found by Saleor under the entry point's name."""

    name = "saleor_mailflow"
    label = "mailflow"
    verbose_name = "Mailflow"
    default_auto_field = "django.db.models.BigAutoField"
