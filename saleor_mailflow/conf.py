"""What a merchant sets, read from text into one frozen value, with every problem said in a sentence.

Refuses to guess: a value that cannot be read is left at its safe default and reported. Never holds a secret in clear
where an ``env:NAME`` or ``file:/path`` reference was given or it was sealed (``enc:``); those are resolved at the
moment of sending.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.retention import read_retention

#: The lawful bases a channel may be set to. ``auto`` asks the table in ``audience.law``.
LAWFUL_BASES = ("auto", "consent", "existing_customer", "none")

#: The settings a merchant makes, by the key that every road to them uses.
SETTING_KEYS = (
    *("sender_name", "sender_email", "reply_to", "brand_name", "postal_address", "provider", "provider_options"),
    *("storefront_links", "lawful_basis", "consent_key", "sending_mode", "link_host"),
    *("law", "sending_entities", "quiet_hours", "timezone", "track_clicks", "track_opens"),
    "retention",
    *("birthday_key", "gender_key", "attribute_keys"),
)

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


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
    provider_options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    #: Channel slug → address of the storefront's cart, ``{token}`` and ``{checkout}`` filled in; "*" is any channel.
    storefront_links: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Channel slug → one of LAWFUL_BASES; "*" is any channel.
    lawful_basis: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: The metadata key that says whether somebody wants mail, on checkout, order or account.
    consent_key: str = "newsletter"
    #: ``careful`` commits one intent at a time: a worker that dies leaves one mail of unknown fate. ``fast`` commits up
    #: to ten, which sends more in the same time.
    sending_mode: str = "careful"
    #: Where our own links point, such as ``https://mail.shop.example``; "" is the shop's public address.
    link_host: str = ""
    #: The merchant's edits of the law table as typed, read by ``audience.law.parse_overrides``.
    law: str | Mapping[str, object] = ""
    #: Channel slug → its sending entity: channels that mail under one name share consent and suppression.
    entities: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: When promotional mail may come, where the person is, such as ``8-21`` or ``8:30-20 mon-fri``; "" is 8-21.
    quiet_hours: str = ""
    #: Channel slug → time zone of people whose own is not known; "*" is any channel.
    timezone: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Links of marketing mail go through ours, so that clicks are known; opens only where the merchant asks for it.
    track_clicks: bool = True
    track_opens: bool = False
    #: What is kept (a key of ``retention.POLICIES``) → for how many days, defaults included.
    retention: Mapping[str, int] = field(default_factory=lambda: MappingProxyType(read_retention({})[0]))
    #: The metadata keys, or slugs of customer attributes, under which an account says when somebody was born, their
    #: gender, and what else conditions may ask about.
    birthday_key: str = "birthday"
    gender_key: str = "gender"
    attribute_keys: tuple[str, ...] = ()
    #: False when the merchant unticked "Active" on the plugin's page: nothing is sent, our links go on working.
    active: bool = True
    problems: tuple[Problem, ...] = ()

    def storefront_link(self, channel: str) -> str:
        """Return the link template of a channel, or ""."""
        return self.storefront_links.get(channel) or self.storefront_links.get("*", "")

    def entity(self, channel: str) -> str:
        """Return the sending entity of a channel, "" where the whole shop is one."""
        return self.entities.get(channel, "")

    def zone(self, channel: str) -> str:
        """Return the time zone set for a channel, "" where none is."""
        return self.timezone.get(channel) or self.timezone.get("*", "")

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
    retention, too_short = read_retention(_lines(raw, "retention", problems))
    problems += [Problem(key="retention", text=text) for text in too_short]
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
        law=_typed(raw.get("law")),
        entities=MappingProxyType(_entities(raw, problems)),
        quiet_hours=text.get("quiet_hours", ""),
        timezone=MappingProxyType(_zones(raw, problems)),
        track_clicks=text.get("track_clicks", "").lower() not in _FALSE,
        track_opens=text.get("track_opens", "").lower() in _TRUE,
        retention=MappingProxyType(retention),
        birthday_key=text.get("birthday_key", "") or "birthday",
        gender_key=text.get("gender_key", "") or "gender",
        attribute_keys=_names(text.get("attribute_keys", "")),
        active=raw.get("active") is not False,
        problems=tuple(problems),
    )


def _names(text: str) -> tuple[str, ...]:
    """Return names that stand one a line or behind commas, each once."""
    return tuple(
        dict.fromkeys(name for part in text.splitlines() for word in part.split(",") if (name := word.strip()))
    )


def _typed(value: object) -> str | Mapping[str, object]:
    return MappingProxyType(dict(value)) if isinstance(value, Mapping) else str(value or "")


def _entities(raw: Mapping[str, object], problems: list[Problem]) -> dict[str, str]:
    """Return {channel: entity} of ``entity = channel, channel`` lines; a channel belongs to one entity."""
    found: dict[str, str] = {}
    for entity, channels in _lines(raw, "sending_entities", problems).items():
        for channel in filter(None, (slug.strip() for slug in channels.split(","))):
            if found.setdefault(channel, entity[:60]) != entity[:60]:
                problems.append(
                    Problem(
                        key="sending_entities",
                        text=f"Channel {channel!r} stands under {found[channel]!r} and {entity!r}: "
                        "it stays with the first. Leave it in one line.",
                    )
                )
    return found


def _zones(raw: Mapping[str, object], problems: list[Problem]) -> dict[str, str]:
    found = _lines(raw, "timezone", problems)
    for channel, name in list(found.items()):
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            problems.append(
                Problem(
                    key="timezone",
                    text=f"The time zone of channel {channel!r} is {name!r}, which is none: use a name such as "
                    "Europe/Berlin.",
                )
            )
            del found[channel]
    return found


def _lines(raw: Mapping[str, object], key: str, problems: list[Problem]) -> dict[str, str]:
    value = raw.get(key)
    if isinstance(value, Mapping):
        return {str(name).strip(): str(item).strip() for name, item in value.items()}
    found: dict[str, str] = {}
    for number, line in enumerate(str(value or "").splitlines(), start=1):
        name, equals, rest = line.partition("=")
        if not line.strip():
            continue
        if not equals or not name.strip() or not rest.strip():
            # What was typed here in a wrong form may be a password.
            seen = f"Line {number}" if key == "provider_options" else f"The line {line.strip()!r}"
            problems.append(Problem(key=key, text=f"{seen} of {key} is not ``name = value``."))
            continue
        found[name.strip()] = rest.strip()
    return found


def resolve_secret(value: str, *, key: str) -> str:
    """Return the secret that ``value`` is, refers to (``env:NAME``, ``file:/path``) or has sealed in it (``enc:…``).

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
    if value.startswith("enc:"):
        # Imported here: hooks read this module in a shopper's request, and have no need of cryptography.
        from saleor_mailflow.vault import unseal

        return unseal(value, key=key)
    return value
