"""Secrets at rest: sealed when they are kept, opened at the moment of sending or verifying.

Refuses to open what another key sealed (a copy of the database with another key can use none of its secrets), and to
say anything about a secret but where it stands.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from saleor_mailflow.exceptions import ConfigurationError

#: What a sealed value begins with; Fernet's own alphabet has no colon.
PREFIX = "enc:"
#: What a value begins with that is no secret itself: it says where the secret is, or is sealed.
REFERENCES = ("env:", "file:", PREFIX)
#: A setting or provider option is a secret when its name holds one of these.
_SECRET_WORDS = (
    "password",
    "secret",
    "token",
    "api_key",
    "access_key",
    "private_key",
    "webhook_key",
    "webhook_auth",
    "signing",
)


def is_secret(name: str) -> bool:
    """Tell whether a setting or provider option of this name holds a secret."""
    plain = name.strip().lower().replace("-", "_")
    return any(word in plain for word in _SECRET_WORDS)


def has_lasting_key() -> bool:
    """Tell whether the key is one that other processes share and that is still there after a restart.

    A Saleor in debug mode without SECRET_KEY makes up a key for each process: what it seals nobody else can open.
    """
    lasting = os.environ.get("MAILFLOW_SECRET_KEY") or os.environ.get("SECRET_KEY")
    return bool(lasting) and lasting in _passphrases()


def seal(secret: str, *, tail: str = "") -> str:
    """Return ``secret`` sealed with the newest key; what is empty, a reference or sealed already is returned as it is.

    ``tail`` is put behind in clear: the end of a secret that a settings page shows, where it shows one.
    """
    if not secret or secret.startswith(REFERENCES):
        return secret
    sealed = PREFIX + _fernet().encrypt(secret.encode()).decode()
    return f"{sealed}:{tail}" if tail else sealed


def unseal(value: str, *, key: str) -> str:
    """Return the secret in a sealed ``value``. ``key`` names the setting.

    Raises ConfigurationError, which holds neither the secret nor its sealed form, where no key opens it.
    """
    token = value.removeprefix(PREFIX).partition(":")[0]
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken:
        raise ConfigurationError(
            f"{key} was sealed with a key that this process does not have. Give the old key in SECRET_KEY_FALLBACKS or "
            "MAILFLOW_SECRET_KEY_FALLBACKS, or enter the secret anew.",
            key=key,
        ) from None


def reseal(value: str, *, key: str) -> str:
    """Return ``value`` sealed with the newest key, whatever key or none it was sealed with before.

    References are returned as they are. Raises ConfigurationError where no key opens it.
    """
    return seal(unseal(value, key=key)) if value.startswith(PREFIX) else seal(value)


def sealed_settings(raw: Mapping[str, object], *, anew: bool = False) -> dict[str, object]:
    """Return a shop's settings with every secret in them sealed; ``anew``: with the newest key.

    Secrets are settings whose name says so, and such lines (or members) of ``provider_options``.
    Raises ConfigurationError where ``anew`` meets one that no key opens.
    """

    def close(name: str, value: str) -> str:
        return (reseal(value, key=name) if anew else seal(value)) if is_secret(name) else value

    kept: dict[str, object] = {}
    for name, value in raw.items():
        if isinstance(value, Mapping):
            kept[name] = {key: close(str(key), str(item)) for key, item in value.items()}
        elif name == "provider_options":
            kept[name] = "\n".join(_closed(line, close) for line in str(value).splitlines())
        else:
            kept[name] = close(name, value) if isinstance(value, str) else value
    return kept


def _closed(line: str, close: Callable[[str, str], str]) -> str:
    name, equals, value = line.partition("=")
    return f"{name.strip()} = {close(name, value.strip())}" if equals and is_secret(name) else line


def _passphrases() -> list[str]:
    """Return what keys are made from, the one that seals first. Read anew each time: a rotation needs no restart."""
    olds = os.environ.get("MAILFLOW_SECRET_KEY_FALLBACKS", "").split(",")
    found = [os.environ.get("MAILFLOW_SECRET_KEY", ""), *(one.strip() for one in olds)]
    found += [str(one) for one in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return list(dict.fromkeys(one for one in found if one))


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(_derive(passphrase)) for passphrase in _passphrases()])


def _derive(passphrase: str) -> bytes:
    # RFC 5869. The same text signs Django's cookies: its own info keeps the two uses apart.
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"saleor-mailflow secrets 1").derive(passphrase.encode())
    return base64.urlsafe_b64encode(made)
