"""Settings of the demo: the standalone service's, with the demo's own pages, and quiet, since its screen tells all."""

import secrets

from saleor_mailflow.service.settings import *  # noqa: F403 - that is what these settings are

ROOT_URLCONF = "saleor_mailflow.service.demo.urls"
# Lets the demo's own screens ask its API: made anew at every start, known to nobody else, and to no other settings.
MAILFLOW_DEMO_TOKEN = secrets.token_urlsafe(32)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
# What goes wrong is shown; what the door refuses is part of the show.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}, "nowhere": {"class": "logging.NullHandler"}},
    "loggers": {
        "saleor_mailflow": {"handlers": ["stderr"], "level": "ERROR"},
        "django.server": {"handlers": ["nowhere"], "level": "CRITICAL", "propagate": False},
        "graphql.execution.utils": {"handlers": ["nowhere"], "propagate": False},
        "graphql.execution.executor": {"handlers": ["nowhere"], "propagate": False},
        "django.request": {"handlers": ["nowhere"], "level": "CRITICAL", "propagate": False},
    },
}
