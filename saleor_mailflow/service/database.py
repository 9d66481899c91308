"""Read a PostgreSQL URL into Django's settings. Refuses every other kind of database: there is no second dialect."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from saleor_mailflow.exceptions import ConfigurationError


def database_from_url(url: str) -> dict[str, Any]:
    """Return Django's settings for ``postgres://user:password@host:port/name?option=value``.

    An empty URL gives settings that name no database, so that tests without one can be collected.
    Raises ConfigurationError for another scheme and for what cannot be read; the text never repeats the password.
    """
    if not url:
        return {"ENGINE": "django.db.backends.postgresql", "NAME": "mailflow"}
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        # Not the library's own words, nor the error they came with: they quote what stands before the host.
        raise _unreadable() from None
    if parts.fragment:
        raise _unreadable()
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ConfigurationError(
            f"MAILFLOW_DATABASE_URL begins with {parts.scheme!r}; only postgres:// addresses work. "
            "Set it to postgres://user:password@host:port/name.",
            key="MAILFLOW_DATABASE_URL",
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "mailflow",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": str(port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _unreadable() -> ConfigurationError:
    return ConfigurationError(
        "MAILFLOW_DATABASE_URL cannot be read as postgres://user:password@host:port/name. Write the signs / # ? @ : of "
        "a password as %2F %23 %3F %40 %3A, and the port as a number.",
        key="MAILFLOW_DATABASE_URL",
    )
