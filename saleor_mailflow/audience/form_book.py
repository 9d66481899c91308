"""Save sign-up forms, open and close them, with who did it. Refuses a form with a part that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction

from saleor_mailflow.audience.forms import read_form
from saleor_mailflow.audience.sign_up import offered_topics
from saleor_mailflow.audit import record_audit
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Shop, SignUpForm

#: What a form's definition may hold.
PARTS = frozenset({"topics", "fields", "survey", "title", "intro", "consent", "reward", "origins"})


def save_form(
    shop: Shop, key: str, definition: Mapping[str, Any], *, channel: str | None = None, actor: str, at: datetime
) -> tuple[SignUpForm, bool]:
    """Keep a form, new or changed; return it, and whether it is new. ``channel`` None leaves it as it is.

    Raises ConfigurationError, keeping nothing, for a key that cannot stand in an address and for what cannot be read.
    """
    try:
        validate_slug(key)
    except ValidationError:
        raise ConfigurationError(
            f"The key {key[:60]!r} cannot be part of an address: use letters, digits, - and _.", key="form"
        ) from None
    if len(key) > 60:
        raise ConfigurationError("The key of a form has 60 characters at most.", key="form")
    problems = form_problems(shop, definition)
    if problems:
        raise ConfigurationError("The form was not saved. " + " ".join(problems), key="form")
    fresh: dict[str, Any] = {"definition": dict(definition), "updated_at": at}
    if channel is not None:
        fresh["channel"] = channel[:255]
    with transaction.atomic():
        before = SignUpForm.objects.select_for_update().filter(shop=shop, key=key).first()
        row, made = SignUpForm.objects.update_or_create(shop=shop, key=key, defaults=fresh)
        record_audit(
            shop,
            actor,
            "form.added" if made else "form.changed",
            f"form:{row.key}",
            before={"definition": before.definition, "channel": before.channel} if before is not None else None,
            after={"definition": row.definition, "channel": row.channel},
            at=at,
        )
    return row, made


def switch_form(row: SignUpForm, shop: Shop, active: bool, *, actor: str, at: datetime) -> SignUpForm:
    """Open or close a form. Doing it twice notes nothing."""
    with transaction.atomic():
        was, row.active, row.updated_at = row.active, active, at
        row.save(update_fields=["active", "updated_at"])
        if was != active:
            record_audit(shop, actor, "form.opened" if active else "form.closed", f"form:{row.key}", at=at)
    return row


def form_problems(shop: Shop, definition: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a definition, in sentences."""
    form = read_form(definition)
    known = {topic.key for topic in offered_topics(shop.pk, form.topics)}
    unknown = [str(part) for part in definition if part not in PARTS]
    return [
        *form.problems,
        *(f"{part!r} is no part of a form; its parts are {', '.join(sorted(PARTS))}." for part in unknown[:3]),
        *(f"There is no topic {topic!r} in this shop." for topic in form.topics if topic not in known),
    ]
