"""What every worker of the nursery has imported before it is born. Refuses to open a connection: each opens its own."""

from __future__ import annotations

import os

import django

# Read when modules are imported, so it is the same for all that are born here.
os.environ["MAILFLOW_LEASE_SECONDS"] = "2.75"
os.environ["DJANGO_SETTINGS_MODULE"] = "saleor_mailflow.service.settings"
os.environ["MAILFLOW_LOG_LEVEL"] = "ERROR"
os.environ.pop("MAILFLOW_FAILPOINT", None)
django.setup()

import saleor_mailflow.cli  # noqa: E402 - models need Django to be set up
import saleor_mailflow.messages.render  # noqa: E402, F401
