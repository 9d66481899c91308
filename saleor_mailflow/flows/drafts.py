"""Flows in the making: begin one, save it, throw it away. One a flow.

Refuses to lose what somebody else saved: whoever saves an older revision is told who was first. Never publishes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from saleor_mailflow.audit import record_audit
from saleor_mailflow.exceptions import ConfigurationError, Conflict
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.goals import minute
from saleor_mailflow.flows.upcast import SCHEMA
from saleor_mailflow.models import Flow, FlowDraft, Shop

#: No flow that a person can read comes near it.
LARGEST_BYTES = 262_144


def draft_of(shop: Shop, key: str) -> FlowDraft:
    """Return a flow's draft. Raises ConfigurationError where there is none."""
    draft = FlowDraft.objects.filter(shop=shop, flow_key=key).first()
    if draft is None:
        raise ConfigurationError(f"Flow {key!r} has no draft; begin one first.", key="flows")
    return draft


def begin_draft(
    shop: Shop,
    key: str,
    *,
    actor: str,
    at: datetime,
    catalogue: bool = False,
    definition: Mapping[str, Any] | None = None,
) -> FlowDraft:
    """Return the flow's draft, begun from the live version, else (or where asked for) from the catalogue.

    ``definition`` (``Flow.to_json``) begins a flow of the merchant's own. A draft that exists is returned as it is.
    Raises Conflict where one exists and another beginning was asked for, ConfigurationError for a flow nobody knows.
    """
    there = FlowDraft.objects.filter(shop=shop, flow_key=key).first()
    if there is not None:
        if catalogue or definition is not None:
            raise Conflict(f"Flow {key!r} has a draft by {_who(there)}; publish or discard it first.")
        return there
    flow = Flow.objects.filter(shop=shop, key=key).select_related("version").first()
    live = flow.version if flow else None
    if definition is None and live is not None and not catalogue:
        definition = live.definition
    if definition is None:
        if key not in CATALOG:
            known = ", ".join(CATALOG)
            raise ConfigurationError(f"There is no flow {key!r} to begin with; the catalogue has {known}.", key="flows")
        definition = CATALOG[key].to_json()
    try:
        with transaction.atomic():
            return FlowDraft.objects.create(
                shop=shop,
                flow_key=key,
                definition=_checked(key, definition),
                base=live,
                updated_at=at,
                updated_by=actor,
            )
    except IntegrityError:
        # Somebody began it in the same moment.
        return draft_of(shop, key)


def save_draft(
    shop: Shop, key: str, definition: Mapping[str, Any], *, revision: int, actor: str, at: datetime
) -> FlowDraft:
    """Save a draft, finished or not, over ``revision``; return it with the next one.

    Raises Conflict, naming who saved meanwhile, where ``revision`` is no longer the newest; ConfigurationError where
    there is no draft, or the definition is another flow's or too large.
    """
    data = _checked(key, definition)
    with transaction.atomic():
        draft = _locked(shop, key, revision)
        draft.definition, draft.revision, draft.updated_at, draft.updated_by = data, draft.revision + 1, at, actor[:120]
        draft.save(update_fields=["definition", "revision", "updated_at", "updated_by"])
    return draft


def discard_draft(shop: Shop, key: str, *, actor: str, at: datetime, revision: int | None = None) -> None:
    """Throw a draft away; with ``revision`` only that one. Raises as ``save_draft`` does. What is live stays."""
    with transaction.atomic():
        draft = _locked(shop, key, revision)
        draft.delete()
        before = {"revision": draft.revision, "by": draft.updated_by}
        record_audit(shop, actor, "flow.draft_discarded", f"flow:{key}", before, None, at)


def _locked(shop: Shop, key: str, revision: int | None) -> FlowDraft:
    draft = FlowDraft.objects.select_for_update().filter(shop=shop, flow_key=key).first()
    if draft is None:
        raise ConfigurationError(f"Flow {key!r} has no draft any more; begin one anew.", key="flows")
    if revision is not None and draft.revision != revision:
        raise Conflict(
            f"{draft.updated_by or 'Somebody'} saved revision {draft.revision} of {key!r} on "
            f"{minute(draft.updated_at)}; yours is {revision}. Load it and make your change again."
        )
    return draft


def _checked(key: str, definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may be kept: of this flow, with a schema, not larger than anybody could mean."""
    data = {"schema": SCHEMA, **definition, "key": key}
    if definition.get("key", key) != key:
        raise ConfigurationError(f"The definition is of flow {definition['key']!r:.80}, not of {key!r}.", key="flows")
    try:
        size = len(json.dumps(data, allow_nan=False))
    except (ValueError, TypeError, RecursionError) as error:
        raise ConfigurationError(
            f"The definition of {key!r} is no JSON; send what was loaded, changed.", key="flows"
        ) from error
    if size > LARGEST_BYTES:
        raise ConfigurationError(
            f"The definition of {key!r} has {size} bytes; {LARGEST_BYTES} are the most.", key="flows"
        )
    return data


def _who(draft: FlowDraft) -> str:
    return f"{draft.updated_by or 'somebody'} of {minute(draft.updated_at)}"
