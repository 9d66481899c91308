"""Save and close topics, the kinds of mail that people choose one by one, with who did it. Refuses nameless ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from saleor_mailflow.audience.said import UMBRELLA
from saleor_mailflow.audit import record_audit
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Shop, Topic

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")


def check_key(key: str) -> None:
    """Raise ConfigurationError where ``key`` cannot be a topic's."""
    if not _KEY.fullmatch(key) or key == UMBRELLA:
        raise ConfigurationError(
            f"{key[:60]!r} is no key of a topic: use small letters, digits, - and _, and not {UMBRELLA!r}, which "
            "is all mail.",
            key="topics",
        )


def save_topic(
    shop: Shop,
    key: str,
    *,
    names: Mapping[str, str],
    descriptions: Mapping[str, str],
    position: int,
    actor: str,
    at: datetime,
) -> Topic:
    """Keep a topic, new or changed, and offer it; ``names`` and ``descriptions`` are {language: text}.

    Raises ConfigurationError for a key or language that is none, and where there is no name in English.
    """
    check_key(key)
    if not (names.get("en") or "").strip():
        raise ConfigurationError("A topic needs a name in English at least.", key="topics")
    strange = [one for one in (*names, *descriptions) if not _LANGUAGE.fullmatch(one)]
    if strange:
        raise ConfigurationError(f"{strange[0][:35]!r} is no language; write it as en or pt-BR.", key="topics")
    after = {"names": _cut(names), "descriptions": _cut(descriptions), "active": True}
    with transaction.atomic():
        before = Topic.objects.filter(shop=shop, key=key).values("names", "descriptions", "active").first()
        topic, _ = Topic.objects.update_or_create(
            shop=shop, key=key, defaults={**after, "position": min(max(position, -30_000), 30_000)}
        )
        record_audit(shop, actor, "topic.saved", f"topic:{key}", before, after, at)
    return topic


def close_topic(shop: Shop, key: str, *, actor: str, at: datetime) -> bool:
    """Offer a topic no longer; what people said about it is kept. Return whether it was offered."""
    with transaction.atomic():
        closed = Topic.objects.filter(shop=shop, key=key, active=True).update(active=False)
        if closed:
            record_audit(shop, actor, "topic.closed", f"topic:{key}", {"active": True}, {"active": False}, at)
    return bool(closed)


def _cut(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text.strip()[:200] for language, text in texts.items() if text.strip()}
