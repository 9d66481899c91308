"""Save and delete segments, with who did it. Refuses what could not be counted, and to delete what is in use."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from saleor_mailflow.audience.condition_sql import where
from saleor_mailflow.audience.segments import Count, count, saved
from saleor_mailflow.audit import record_audit
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.conditions import Ask, Condition, condition_from_json
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.triggers import Happened, Recurring
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Flow, Segment, Shop

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def read_condition(data: object) -> Condition:
    """Return the condition that JSON describes. Raises ConfigurationError with the sentence of what is wrong."""
    if not isinstance(data, Mapping):
        raise ConfigurationError(f"A condition is a JSON object; {str(data)[:60]!r} is none.", key="segments")
    if "\\u0000" in json.dumps(data):
        raise ConfigurationError("A condition holds a NUL character, which no fact has; leave it out.", key="segments")
    try:
        return condition_from_json(data)
    except ValueError as error:
        raise ConfigurationError(str(error), key="segments") from error


def save(shop: Shop, key: str, *, name: str, condition: Condition, at: datetime, actor: str) -> Segment:
    """Save a segment under ``key``, new or changed, and return it.

    Raises ConfigurationError for what cannot be counted. Changed, it begins anew for flows that start with entering it:
    whoever is in it by then did not enter.
    """
    if not _KEY.fullmatch(key):
        raise ConfigurationError(
            f"{key[:60]!r} is no key of a segment: use small letters, digits, - and _, 60 at most.", key="segments"
        )
    with transaction.atomic():
        Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)
        # With itself among them, so that a circle is found now and not at night.
        where(condition, now=at, named={**saved(shop.pk), key: condition})
        before = Segment.objects.filter(shop=shop, key=key).first()
        after: dict[str, Any] = {"name": (name.strip() or key)[:120], "conditions": condition.to_json()}
        fields = {**after, "updated_at": at}
        if before is None or before.conditions != after["conditions"]:
            fields |= {"size": None, "counted_at": None, "members_at": None}
        segment, _ = Segment.objects.update_or_create(
            shop=shop, key=key, defaults=fields, create_defaults={**fields, "created_at": at}
        )
        was = {"name": before.name, "conditions": before.conditions} if before else None
        if was != after:
            record_audit(shop, actor, "segment.saved", f"segment:{key}", was, after, at)
    return segment


def delete(shop: Shop, key: str, *, at: datetime, actor: str) -> None:
    """Delete a segment. Raises ConfigurationError where there is none, or a flow or another segment asks for it."""
    with transaction.atomic():
        Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)
        segment = Segment.objects.filter(shop=shop, key=key).first()
        if segment is None:
            raise ConfigurationError(f"There is no segment {key[:60]!r}.", key="segments")
        flows = [flow.key for flow, definition in flows_on(shop.pk) if key in segments_of(definition)]
        if flows:
            raise ConfigurationError(
                f"The segment {key!r} is used by {', '.join(flows)}; change that flow or switch it off first.",
                key="segments",
            )
        others = [other for other, condition in saved(shop.pk).items() if key in named_in(condition)]
        if others:
            raise ConfigurationError(
                f"The segment {key!r} is part of {', '.join(others)}; change that segment first.", key="segments"
            )
        record_audit(shop, actor, "segment.deleted", f"segment:{key}", {"conditions": segment.conditions}, None, at)
        segment.delete()


def count_saved(segment: Segment, *, now: datetime) -> Count:
    """Count the people in a segment now and keep the figure with it. Raises as ``segments.count`` does."""
    named = saved(segment.shop_id)
    found = count(segment.shop_id, named[segment.key], now=now, named=named)
    Segment.objects.filter(pk=segment.pk).update(size=found.number, counted_at=now)
    return found


def flows_on(shop_id: int) -> list[tuple[Flow, Definition]]:
    """Return the flows of a shop that are on, live or in rehearsal, with what they do now. One query and a cache."""
    flows = Flow.objects.filter(shop_id=shop_id, retired_at=None).exclude(mode=Flow.Mode.OFF).exclude(version=None)
    return [
        (flow, definition_of(flow.version.pk, flow.version.digest))
        for flow in flows.select_related("version").order_by("id")
        if flow.version is not None
    ]


def entered_by(definition: Definition) -> set[str]:
    """Return the segments that people cross into a flow by entering."""
    trigger = definition.trigger
    return {trigger.of} if isinstance(trigger, Happened) and trigger.event == "segment.entered" else set()


def segments_of(definition: Definition) -> set[str]:
    """Return every segment that a flow asks for: by its trigger, its filter or its branches."""
    found = entered_by(definition)
    if isinstance(definition.trigger, Recurring):
        found |= {definition.trigger.segment}
    asks: set[Ask] = set(definition.asks)
    if definition.filter is not None:
        asks |= set(definition.filter.asks())
    return found | {str(ask.value) for ask in asks if ask.fact == "contact.segment"}


def named_in(condition: Condition) -> set[str]:
    """Return the segments that a condition names."""
    return {str(ask.value) for ask in condition.asks() if ask.fact == "contact.segment"}
