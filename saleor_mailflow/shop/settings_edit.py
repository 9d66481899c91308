"""Settings for an editor: each field with its label and value, and saving some of them, inside Saleor or outside.

Refuses to show a secret: of one it is said that it is set. A line of ``provider_options`` that holds one is shown as
``name = (set)``, and where that comes back unchanged the secret stays. Refuses to let somebody who may only write a
secret have it sent somewhere: with another provider or server it is taken away, and must be entered anew; and of the
environment only what is meant for it may be named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from saleor_mailflow import host
from saleor_mailflow.audit import difference, record_audit
from saleor_mailflow.conf import SETTING_KEYS, Problem, read_settings
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.host_settings import save_typed, typed_settings
from saleor_mailflow.models import Shop
from saleor_mailflow.settings_fields import BOOLEAN, CONFIG_STRUCTURE, MULTILINE, PASSWORD, SECRET, STRING
from saleor_mailflow.vault import is_secret, sealed_settings

#: What stands for a secret that is set.
HIDDEN = "(set)"
#: Settings that the page has no field for, each with its label and help.
_UNPAGED = {
    "sending_mode": (
        STRING,
        "Sending mode",
        "careful (the default) or fast, which sends more in the same time and may leave up to ten mails of unknown "
        "fate where a worker dies.",
    )
}
#: Variables of the environment that an editor may name: those that hold secrets for the provider and nothing else.
REFERABLE = "MAILFLOW_PROVIDER_"
#: Options that say to which server a secret is sent.
_SERVER = ("host", "api_url")
_TAKEN = (
    "Mail goes by another provider or server now, so the secret of the former one was taken away. Enter the new one."
)
_NO_SETTINGS = ("status", "test_send_to")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One setting for an editor. ``value`` is None where it is a secret."""

    key: str
    label: str
    help: str
    type: str
    value: str | None
    is_set: bool


def shown_settings(shop: Shop) -> list[Field]:
    """Return every setting in the order of the page, without its secrets. One query inside Saleor, none outside."""
    typed = _typed(shop)
    return [_field(key, kind, label, help_text, typed.get(key)) for key, (kind, label, help_text) in editable().items()]


def save_settings(shop: Shop, values: Mapping[str, str], *, actor: str, at: datetime) -> tuple[Problem, ...]:
    """Keep some settings; return what cannot be read of them, which is kept and out of use. Notes who did it.

    Raises ConfigurationError, keeping nothing, for a key that is no setting.
    """
    known = editable()
    for key in values:
        if key not in known:
            raise ConfigurationError(f"{key[:40]!r} is no setting; settings are {', '.join(known)}.", key="key")
    typed = _typed(shop)
    fresh = dict(values)
    for key, text in values.items():
        _check_references(key, text, _lines(typed.get(key)))
    taken = _without_secrets(fresh, typed) if _server({**typed, **fresh}) != _server(typed) else []
    if "provider_options" in fresh:
        fresh["provider_options"] = _with_secrets(fresh["provider_options"], _lines(typed.get("provider_options")))
    if shop.road == Shop.Road.PLUGIN and host.inside_saleor():
        paged = {key: value for key, value in fresh.items() if key in CONFIG_STRUCTURE}
        left = [key for key in fresh if key not in paged]
        if left:
            raise ConfigurationError(f"{left[0]} cannot be set inside Saleor yet; leave it out.", key="key")
        save_typed(paged, actor=actor)
    else:
        kept = sealed_settings({**shop.settings, **fresh})
        before, after = difference(shop.settings, kept)
        shop.settings = kept
        shop.save(update_fields=["settings"])
        if before or after:
            record_audit(shop, actor, "settings.changed", "settings", before, after, at)
    problems = [problem for problem in read_settings({**typed, **fresh}).problems if problem.key in fresh]
    return (*problems, *(Problem(key=key, text=_TAKEN) for key in taken))


def _check_references(key: str, text: str, before: str) -> None:
    """Raise ConfigurationError for a reference that would let whoever sets it read what the server knows."""
    if key not in {*host.SECRET_FIELDS, "provider_options"}:
        return
    known = {line.strip() for line in before.splitlines()}
    for line in text.splitlines():
        value = (line.partition("=")[2] if key == "provider_options" else line).strip()
        if line.strip() in known or not value.startswith(("env:", "file:")):
            continue
        if not value.startswith(f"env:{REFERABLE}"):
            raise ConfigurationError(
                f"{key} refers to {value[:60]}; here only env:{REFERABLE}… may be named. Others are set on the "
                "command line or the plugin's page.",
                key=key,
            )


def _server(typed: Mapping[str, object]) -> tuple[str, ...]:
    """Return where secrets are sent: the provider, and the server that its options name."""
    options = _named(_lines(typed.get("provider_options")))
    return (str(typed.get("provider") or "").strip().lower(), *(options.get(name, "") for name in _SERVER))


def _without_secrets(fresh: dict[str, str], typed: Mapping[str, object]) -> list[str]:
    """Take away the secrets that were not entered anew; return the names of their settings."""
    taken = [key for key in host.SECRET_FIELDS if typed.get(key) and key not in fresh]
    fresh.update(dict.fromkeys(taken, ""))
    lines = fresh.get("provider_options", _lines(typed.get("provider_options")))
    before = _named(_lines(typed.get("provider_options")))
    kept = [line for line in lines.splitlines() if not _is_old_secret(line, before)]
    if kept != lines.splitlines():
        fresh["provider_options"] = "\n".join(kept)
        taken.append("provider_options")
    return taken


def _is_old_secret(line: str, before: Mapping[str, str]) -> bool:
    name, equals, value = line.partition("=")
    if not equals:
        return line.strip() == HIDDEN
    same = value.strip() in {HIDDEN, before.get(name.strip())}
    return is_secret(name) and same and name.strip() in before


def _named(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}


def editable() -> dict[str, tuple[str, str, str]]:
    """Return {key: (type, label, help)} of every setting, in the order of the page; switches of flows are none."""
    found = {
        name: (field["type"], field["label"], field["help_text"])
        for name, field in CONFIG_STRUCTURE.items()
        if name not in _NO_SETTINGS and not name.startswith("flow_")
    }
    unpaged = {} if host.inside_saleor() else _UNPAGED
    return {**found, **{key: unpaged[key] for key in SETTING_KEYS if key in unpaged}}


def _typed(shop: Shop) -> Mapping[str, object]:
    return typed_settings() if shop.road == Shop.Road.PLUGIN and host.inside_saleor() else shop.settings


def _field(key: str, kind: str, label: str, help_text: str, value: object) -> Field:
    if kind in {SECRET, PASSWORD}:
        return Field(key=key, label=label, help=help_text, type=kind, value=None, is_set=bool(value))
    if kind == BOOLEAN:
        told = str(value if value is not None else key == "track_clicks").lower()
        return Field(key=key, label=label, help=help_text, type=kind, value=told, is_set=value is not None)
    text = _lines(value) if kind == MULTILINE else str(value or "")
    if key == "provider_options":
        text = "\n".join(_hidden(line) for line in text.splitlines())
    return Field(key=key, label=label, help=help_text, type=kind, value=text, is_set=bool(text))


def _lines(value: object) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{name} = {item}" for name, item in value.items())
    return str(value or "")


def _hidden(line: str) -> str:
    name, equals, value = line.partition("=")
    if not equals:
        # What was typed here in a wrong form may be a password.
        return HIDDEN if line.strip() else line
    if not is_secret(name) or value.strip().startswith(("env:", "file:")):
        return line
    return f"{name.strip()} = {HIDDEN}"


def _with_secrets(text: str, before: str) -> str:
    """Return what was typed with each ``(set)`` replaced by what it stands for."""
    held = {line.partition("=")[0].strip(): line for line in before.splitlines() if "=" in line}
    strays = [line for line in before.splitlines() if line.strip() and "=" not in line]
    found = []
    for line in text.splitlines():
        name, _, value = line.partition("=")
        if line.strip() == HIDDEN:
            found += strays[:1]
        elif value.strip() == HIDDEN:
            found += [held[name.strip()]] if name.strip() in held else []
        else:
            found.append(line)
    return "\n".join(found)
