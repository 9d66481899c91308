"""Keep signed links and secret addresses out of the logs of requests, whoever writes them: Django, uvicorn or gunicorn.

Refuses to drop a line or to touch anything in it but the secret: who reads the log still sees which page was asked for.
"""

from __future__ import annotations

import logging
import re

#: Loggers that write the addresses of requests.
LOGGERS = ("django.request", "django.server", "uvicorn.access", "gunicorn.access")

# A page of one letter and what only a signed token can be, so that no address of the host's own is changed; and where
# providers tell of deliveries.
_SECRET = re.compile(r"(/[a-z]/)[A-Za-z0-9_-]{40,}|(/provider/[a-z_]{1,40}/)[^/?#\s\"']{8,}")


class HideSecrets(logging.Filter):
    """Writes ``/u/…`` for ``/u/<token>`` in a record's text and arguments, and lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record and return True."""
        record.msg = _hidden(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(value) for value in record.args)
        elif isinstance(record.args, dict):
            # In place: gunicorn's arguments are a dict with ways of its own, made for this one line.
            record.args.update({name: _hidden(value) for name, value in record.args.items()})
        return True


def install() -> None:
    """Add the filter to every logger in LOGGERS, once."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, HideSecrets) for known in logger.filters):
            logger.addFilter(HideSecrets())


def _hidden(value: object) -> object:
    return _SECRET.sub(r"\1\2…", value) if isinstance(value, str) and "/" in value else value
