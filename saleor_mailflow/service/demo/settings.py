"""Settings of the demo: the standalone service's, with the demo's own pages, and quiet, since its screen tells all."""

from saleor_mailflow.service.settings import *  # noqa: F403 - that is what these settings are

ROOT_URLCONF = "saleor_mailflow.service.demo.urls"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
# What goes wrong is shown; what the door refuses is part of the show.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}, "nowhere": {"class": "logging.NullHandler"}},
    "loggers": {
        "saleor_mailflow": {"handlers": ["stderr"], "level": "ERROR"},
        "django.server": {"handlers": ["nowhere"], "level": "CRITICAL", "propagate": False},
        "django.request": {"handlers": ["nowhere"], "level": "CRITICAL", "propagate": False},
    },
}
