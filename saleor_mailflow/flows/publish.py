"""Publish flows as immutable versions and switch them on and off. Refuses to change a version that exists."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from saleor_mailflow import failpoints
from saleor_mailflow.audit import MAILFLOW, record_audit
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.models import Flow, FlowVersion, Shop


def publish(shop: Shop, definition: Definition, *, at: datetime, actor: str = MAILFLOW) -> FlowVersion:
    """Publish a definition as the flow's next version, for people who enter from now on. The same one twice is one."""
    with transaction.atomic():
        flow, _ = Flow.objects.get_or_create(shop=shop, key=definition.key)
        flow = Flow.objects.select_for_update(of=("self",)).select_related("version").get(pk=flow.pk)
        if flow.version is not None and flow.version.digest == definition.digest:
            return flow.version
        last = FlowVersion.objects.filter(shop=shop, flow_key=definition.key).order_by("-number").first()
        version = FlowVersion.objects.create(
            shop=shop,
            flow_key=definition.key,
            number=1 if last is None else last.number + 1,
            definition=definition.to_json(),
            digest=definition.digest,
            published_at=at,
        )
        flow.version = version
        flow.save(update_fields=["version"])
        before = None if last is None else {"version": last.number}
        subject, after = f"flow:{definition.key}", {"version": version.number}
        record_audit(shop, actor, "flow.published", subject, before, after, at)
        failpoints.reach("publish.written")
        return version


def set_mode(shop: Shop, key: str, mode: str, *, at: datetime, actor: str = MAILFLOW) -> Flow:
    """Switch a flow off, to shadow or live. Only crossings after ``at`` enroll; people inside go on where they stand.

    Raises ConfigurationError for a flow or mode that does not exist. Publishes the catalogue's flow when none is yet.
    """
    if key not in CATALOG:
        raise ConfigurationError(f"There is no flow {key!r}; known are {', '.join(CATALOG)}.", key="flows")
    if mode not in Flow.Mode.values:
        raise ConfigurationError(f"Mode {mode!r} is unknown; use one of {', '.join(Flow.Mode.values)}.", key="flows")
    with transaction.atomic():
        flow, _ = Flow.objects.get_or_create(shop=shop, key=key)
        if flow.version_id is None:
            publish(shop, CATALOG[key], at=at, actor=actor)
        flow = Flow.objects.select_for_update().get(pk=flow.pk)
        if flow.mode == Flow.Mode.OFF and mode != Flow.Mode.OFF:
            flow.enabled_at = at
        if flow.mode != mode:
            record_audit(shop, actor, "flow.switched", f"flow:{key}", {"mode": flow.mode}, {"mode": mode}, at)
        flow.mode = mode
        flow.save(update_fields=["mode", "enabled_at"])
        return flow
