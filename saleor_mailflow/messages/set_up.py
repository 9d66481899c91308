"""What is still missing before mails can leave: one Problem for each field, in a merchant's words.

Refuses to connect and to resolve secrets; the Dashboard saves them one by one, so half a set-up is normal.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import partial

from saleor_mailflow.conf import Problem, ShopSettings
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.messages.options import Options, is_reference, key_of
from saleor_mailflow.messages.providers import NAMES, fields_of, provider_name


def missing_fields(settings: ShopSettings) -> list[Problem]:
    """Return what keeps the provider from working, in the order to do it; empty when a hand-over can be tried."""
    name = provider_name(settings.provider)
    if not name:
        return [Problem(key="provider", text=f"No provider is chosen. Set provider to one of {', '.join(NAMES)}.")]
    if name not in NAMES:
        near = get_close_matches(name, NAMES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(NAMES)}."
        return [Problem(key="provider", text=f"The provider {settings.provider!r} is not known: {hint}")]
    options = Options(settings.provider_options)
    required, _ = fields_of(name)
    problems = [
        Problem(
            key=key_of(field),
            text=f"{name} needs {field}. Add the line ``{field} = …`` to provider_options, or ``{field} = env:NAME``.",
        )
        for field in required
        if not options.raw(field)
    ]
    return problems + _unreadable(name, options)


def unused_fields(settings: ShopSettings) -> list[Problem]:
    """Return a remark for every field that the provider does not know, such as a misspelt one. Nothing is held up."""
    name = provider_name(settings.provider)
    if name not in NAMES:
        return []
    required, optional = fields_of(name)
    known = (*required, *optional)
    remarks = []
    for field in Options(settings.provider_options).names():
        if field not in known:
            near = get_close_matches(field, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it knows {', '.join(known) or 'none'}."
            remarks.append(Problem(key=key_of(field), text=f"{name} does not use {field}: {hint}"))
    return remarks


def _unreadable(name: str, options: Options) -> list[Problem]:
    readers: dict[str, Callable[[], object]] = {
        "connect_timeout": partial(options.seconds, "connect_timeout", 1),
        "timeout": partial(options.seconds, "timeout", 1),
    }
    if name == "smtp":
        readers["port"] = partial(options.port, 25)
        readers |= {
            field: partial(options.yes, field, default=False) for field in ("use_tls", "use_ssl", "pipelining", "sink")
        }
    problems = []
    for field, read in readers.items():
        # What a reference leads to is judged when it is followed, at sending.
        if is_reference(options.raw(field)):
            continue
        try:
            read()
        except ConfigurationError as error:
            problems.append(Problem(key=error.key, text=str(error)))
    return problems
