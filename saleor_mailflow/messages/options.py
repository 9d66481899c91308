"""A provider's own fields, as the merchant typed them: texts, references to secrets, numbers, yes and no.

Refuses to hold a secret longer than one connection, and to guess at a value it cannot read.
"""

from __future__ import annotations

from collections.abc import Mapping

from saleor_mailflow.conf import resolve_secret
from saleor_mailflow.exceptions import ConfigurationError

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


def key_of(name: str) -> str:
    """Return how the settings page and our sentences call a field."""
    return f"provider_options.{name}"


def is_reference(value: str) -> bool:
    """Tell whether a value only says where the real one is, so that it can be judged at sending only."""
    return value.startswith(("env:", "file:", "enc:"))


def says_yes(value: str) -> bool:
    """Tell whether a text means yes."""
    return value.strip().lower() in _YES


class Options:
    """Reads ``provider_options``. Names in any case, with ``-`` or ``_``. Every reader raises ConfigurationError."""

    def __init__(self, raw: Mapping[str, str]) -> None:
        self._raw = {name.strip().lower().replace("-", "_"): value.strip() for name, value in raw.items()}

    def names(self) -> tuple[str, ...]:
        """Return the names that have a value."""
        return tuple(name for name, value in self._raw.items() if value)

    def raw(self, name: str) -> str:
        """Return what was typed, a reference unresolved; "" where nothing was."""
        return self._raw.get(name, "")

    def text(self, name: str) -> str:
        """Return the value, a reference resolved now; "" where nothing was typed."""
        return resolve_secret(self.raw(name), key=key_of(name))

    def seconds(self, name: str, default: float) -> float:
        """Return a time span in seconds, more than 0 and at most 600."""
        value = self.text(name)
        try:
            found = float(value) if value else default
        except ValueError:
            found = 0.0
        if not 0 < found <= 600:
            raise self._wrong(name, "a number of seconds from 0.1 to 600")
        return found

    def port(self, default: int) -> int:
        """Return the port, 1 to 65535."""
        value = self.text("port")
        found = int(value) if value.isdecimal() else 0 if value else default
        if not 0 < found < 65_536:
            raise self._wrong("port", "a number from 1 to 65535")
        return found

    def yes(self, name: str, default: bool) -> bool:
        """Return whether the merchant said yes."""
        value = self.text(name).lower()
        if value and value not in _YES | _NO:
            raise self._wrong(name, "yes or no")
        return says_yes(value) if value else default

    def _wrong(self, name: str, wanted: str) -> ConfigurationError:
        # A reference may lead to a secret, so only what was typed on the page is repeated.
        key = key_of(name)
        return ConfigurationError(f"{key} is {self.raw(name)!r}; it must be {wanted}.", key=key)
