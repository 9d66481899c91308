"""Settings of the standalone service, the demo and the tests. Inside Saleor its own settings count, not these."""

from __future__ import annotations

import os

from saleor_mailflow.service.database import database_from_url

SECRET_KEY = os.environ.get("MAILFLOW_SECRET_KEY") or os.environ.get("SECRET_KEY") or "only-for-demo-and-tests"
DEBUG = False
ALLOWED_HOSTS = [h for h in os.environ.get("MAILFLOW_ALLOWED_HOSTS", "localhost,127.0.0.1,testserver").split(",") if h]
INSTALLED_APPS = ["saleor_mailflow"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
ROOT_URLCONF = "saleor_mailflow.service.urls"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": database_from_url(os.environ.get("MAILFLOW_DATABASE_URL", ""))}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "loggers": {
        "saleor_mailflow": {"handlers": ["stderr"], "level": os.environ.get("MAILFLOW_LOG_LEVEL", "INFO")},
        # Whole tracebacks with what they quote, as in Saleor; ours say what and where by themselves.
        "graphql.execution.utils": {"propagate": False, "handlers": ["nowhere"]},
        "graphql.execution.executor": {"propagate": False, "handlers": ["nowhere"]},
    },
}
