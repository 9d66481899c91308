"""Saleor's own test settings, with us in it as an installation finds us. Refuses to change how Saleor behaves."""

import os

from saleor.tests.settings import *  # noqa: F403 - settings are made this way

#: Every table is made from its model, in seconds. MAILFLOW_SALEOR_MIGRATIONS=1 runs Saleor's migrations (minutes).
FAST_DATABASE = not os.environ.get("MAILFLOW_SALEOR_MIGRATIONS")


class HostTablesAtOnce:
    """Say of every app but ours that it has no migrations, so that Django makes its tables from its models."""

    def __contains__(self, label: str) -> bool:
        return label != "mailflow"

    def __getitem__(self, label: str) -> None:
        if label == "mailflow":
            raise KeyError(label)


if FAST_DATABASE:
    MIGRATION_MODULES = HostTablesAtOnce()

PLUGINS = ["saleor_mailflow.plugin.MailflowPlugin"]
