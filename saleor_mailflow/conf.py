"""What a merchant sets, read from text into one frozen value, with every problem said in a sentence.

Refuses to guess: a value that cannot be read is left at its safe default and reported. Never holds a secret in clear
where an ``env:NAME`` or ``file:/path`` reference was given; those are resolved at the moment of sending.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from saleor_mailflow.exceptions import ConfigurationError

#: The lawful bases a channel may be set to. ``auto`` asks the table in ``audience.law``.
LAWFUL_BASES = ("auto", "consent", "existing_customer", "none")

#: The settings a merchant makes, by the key that every road to them uses.
SETTING_KEYS = (
    *("sender_name", "sender_email", "reply_to", "brand_name", "postal_address", "provider", "provider_options"),
    *("storefront_links", "lawful_basis", "consent_key", "sending_mode", "link_host"),
)

_TRUE = {"1", "true", "yes", "on"}


def disabled() -> bool:
    """Tell whether ``MAILFLOW_DISABLED`` turns everything but our links off. Read anew each time: no deploy needed."""
    return os.environ.get("MAILFLOW_DISABLED", "").strip().lower() in _TRUE


def lease_seconds(default: float) -> float:
    """Return for how many seconds a worker may hold what it claimed (``MAILFLOW_LEASE_SECONDS``, else ``default``)."""
    return float(os.environ.get("MAILFLOW_LEASE_SECONDS") or default)


def redirect_to() -> str:
    """Return the address that catches every mail (``MAILFLOW_REDIRECT_TO``), or "" where none is set."""
    return os.environ.get("MAILFLOW_REDIRECT_TO", "").strip()


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something a merchant has to do. ``key`` names the setting, ``text`` says what was seen and what to do next."""

    key: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    """What a merchant has set for a shop. ``raw`` keys are the same on the plugin's page and in standalone settings."""

    sender_name: str = ""
    sender_email: str = ""
    reply_to: str = ""
    brand_name: str = ""
    postal_address: str = ""
    #: "smtp", "console" or one of Anymail's provider names in lower case ("sendgrid", "postmark", …); "" is unset.
    provider: str = ""
    #: The provider's own fields, such as host, port, username, password, use_tls, api_key. May hold references.
    provider_options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Channel slug → address of the storefront's cart, ``{token}`` and ``{checkout}`` filled in; "*" is any channel.
    storefront_links: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Channel slug → one of LAWFUL_BASES; "*" is any channel.
    lawful_basis: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: The metadata key that says whether somebody wants mail, on checkout, order or account.
    consent_key: str = "newsletter"
    #: ``careful`` commits one intent at a time: a worker that dies leaves one mail of unknown fate. ``fast`` commits up
    #: to twenty, which sends about half as many again in the same time.
    sending_mode: str = "careful"
    #: Where our own links point, such as ``https://mail.shop.example``; "" is the shop's public address.
    link_host: str = ""
    #: False when the merchant unticked "Active" on the plugin's page: nothing is sent, our links go on working.
    active: bool = True
    problems: tuple[Problem, ...] = ()

    def storefront_link(self, channel: str) -> str:
        """Return the link template of a channel, or ""."""
        return self.storefront_links.get(channel) or self.storefront_links.get("*", "")

    def basis(self, channel: str) -> str:
        """Return the lawful basis set for a channel, ``auto`` where nothing is set."""
        return self.lawful_basis.get(channel) or self.lawful_basis.get("*", "auto")


def read_settings(raw: Mapping[str, object]) -> ShopSettings:
    """Return settings from the texts a merchant typed. Never raises: what cannot be read becomes a Problem.

    ``raw`` maps setting keys to strings (``channel = value`` lines for the per-channel ones, ``name = value`` lines for
    ``provider_options``).
    """
    problems: list[Problem] = []
    text = {key: str(value).strip() for key, value in raw.items() if value is not None and not isinstance(value, dict)}
    links = _lines(raw, "storefront_links", problems)
    for channel, link in list(links.items()):
        if not link.startswith(("https://", "http://")) or "{" not in link:
            problems.append(
                Problem(
                    key="storefront_links",
                    text=f"The storefront link of channel {channel!r} is {link!r}: it must begin with https:// and "
                    "hold {token} or {checkout} where the id of the cart goes.",
                )
            )
            del links[channel]
    bases = _lines(raw, "lawful_basis", problems)
    for channel, basis in list(bases.items()):
        if basis not in LAWFUL_BASES:
            problems.append(
                Problem(
                    key="lawful_basis",
                    text=f"The lawful basis of channel {channel!r} is {basis!r}; use one of {', '.join(LAWFUL_BASES)}.",
                )
            )
            del bases[channel]
    options = _lines(raw, "provider_options", problems)
    return ShopSettings(
        sender_name=text.get("sender_name", ""),
        sender_email=text.get("sender_email", ""),
        reply_to=text.get("reply_to", ""),
        brand_name=text.get("brand_name", "") or text.get("sender_name", ""),
        postal_address=text.get("postal_address", ""),
        provider=text.get("provider", "").lower(),
        provider_options=MappingProxyType(options),
        storefront_links=MappingProxyType(links),
        lawful_basis=MappingProxyType(bases),
        consent_key=text.get("consent_key", "") or "newsletter",
        sending_mode="fast" if text.get("sending_mode", "").lower() == "fast" else "careful",
        link_host=text.get("link_host", "").rstrip("/"),
        active=raw.get("active") is not False,
        problems=tuple(problems),
    )


def _lines(raw: Mapping[str, object], key: str, problems: list[Problem]) -> dict[str, str]:
    value = raw.get(key)
    if isinstance(value, Mapping):
        return {str(name).strip(): str(item).strip() for name, item in value.items()}
    found: dict[str, str] = {}
    for line in str(value or "").splitlines():
        name, equals, rest = line.partition("=")
        if not line.strip():
            continue
        if not equals or not name.strip() or not rest.strip():
            problems.append(Problem(key=key, text=f"The line {line.strip()!r} of {key} is not ``name = value``."))
            continue
        found[name.strip()] = rest.strip()
    return found


def resolve_secret(value: str, *, key: str) -> str:
    """Return the secret that ``value`` is or refers to (``env:NAME``, ``file:/path``).

    Raises ConfigurationError naming ``key`` and the reference, never the secret, when the reference leads nowhere.
    """
    if value.startswith("env:"):
        found = os.environ.get(value[4:])
        if found is None:
            raise ConfigurationError(f"{key} refers to {value}, which is not set in the environment.", key=key)
        return found
    if value.startswith("file:"):
        try:
            return Path(value[5:]).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError(
                f"{key} refers to {value}, which cannot be read: {error.strerror}.", key=key
            ) from error
    return value
