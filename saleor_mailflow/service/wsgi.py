"""The standalone service for a WSGI server: ``gunicorn saleor_mailflow.service.wsgi``. Does no work but answering."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_mailflow.service.settings")

application = get_wsgi_application()
