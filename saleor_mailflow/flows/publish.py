"""Publish flows as immutable versions, go back to earlier ones, switch flows on and off, retire them.

Refuses to change a version that exists, and to publish a draft with errors or over somebody else's version.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from saleor_mailflow import failpoints
from saleor_mailflow.audit import MAILFLOW, record_audit
from saleor_mailflow.exceptions import ConfigurationError, Unfinished
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.goals import day
from saleor_mailflow.flows.known import known_of
from saleor_mailflow.flows.lint import errors, lint
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Flow, FlowVersion, Shop


def publish(shop: Shop, definition: Definition, *, at: datetime, actor: str = MAILFLOW, note: str = "") -> FlowVersion:
    """Publish a definition as the flow's next version, for people who enter from now on. The same one twice is one.

    Who is inside stays in their version (see ``flows.move``). Asks no lint: a program answers for what it publishes;
    what people write goes through ``flows.publish_draft``.
    """
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
            published_by=actor[:120],
            note=note[:300],
        )
        before = None if flow.version is None else {"version": flow.version.number}
        flow.version = version
        flow.save(update_fields=["version"])
        subject, after = f"flow:{definition.key}", {"version": version.number, **({"note": note[:300]} if note else {})}
        record_audit(shop, actor, "flow.published", subject, before, after, at)
        failpoints.reach("publish.written")
        return version


def roll_back(shop: Shop, key: str, number: int, *, actor: str, at: datetime, note: str = "") -> FlowVersion:
    """Publish an earlier version's definition once more, as the newest version; return it.

    Raises ConfigurationError for a version that does not exist.
    """
    earlier = FlowVersion.objects.filter(shop=shop, flow_key=key, number=number).first()
    if earlier is None:
        numbers = (
            FlowVersion.objects.filter(shop=shop, flow_key=key).order_by("number").values_list("number", flat=True)
        )
        known = ", ".join(str(one) for one in numbers) or "none"
        raise ConfigurationError(f"Flow {key!r} has no version {number}; it has {known}.", key="flows")
    definition = definition_of(earlier.pk, earlier.digest)
    return publish(shop, definition, at=at, actor=actor, note=note or f"Back to version {number}.")


def set_mode(shop: Shop, key: str, mode: str, *, at: datetime, actor: str = MAILFLOW, channel: str = "") -> Flow:
    """Switch a flow off, to shadow or live. Only crossings after ``at`` enroll; people inside go on where they stand.

    With ``channel`` only there, "" as ``mode`` goes back to the flow's own. Publishes the catalogue's flow when none is
    yet. Raises ConfigurationError for a flow or mode that does not exist, a retired flow, and a channel of a flow that
    is off; Unfinished for a flow of the catalogue that the lint finds errors in.
    """
    if key not in CATALOG and not Flow.objects.filter(shop=shop, key=key).exclude(version=None).exists():
        raise ConfigurationError(f"There is no flow {key!r}; known are {', '.join(CATALOG)}.", key="flows")
    if mode not in Flow.Mode.values and not (channel and mode == ""):
        raise ConfigurationError(f"Mode {mode!r} is unknown; use one of {', '.join(Flow.Mode.values)}.", key="flows")
    with transaction.atomic():
        flow, _ = Flow.objects.get_or_create(shop=shop, key=key)
        if flow.version_id is None:
            publish(shop, _from_catalogue(shop, key), at=at, actor=actor)
        flow = Flow.objects.select_for_update().get(pk=flow.pk)
        if flow.retired_at is not None and mode != Flow.Mode.OFF:
            text = f"Flow {key!r} was retired on {day(flow.retired_at)}; bring it back before switching it on."
            raise ConfigurationError(text, key="flows")
        if channel:
            return _set_channel(shop, flow, channel, mode, actor=actor, at=at)
        if flow.mode == Flow.Mode.OFF and mode != Flow.Mode.OFF:
            flow.enabled_at = at
        if flow.mode != mode:
            record_audit(shop, actor, "flow.switched", f"flow:{key}", {"mode": flow.mode}, {"mode": mode}, at)
        flow.mode = mode
        flow.save(update_fields=["mode", "enabled_at"])
        return flow


def _from_catalogue(shop: Shop, key: str) -> Definition:
    """Return the catalogue's flow. Raises Unfinished where it has errors, which another package's may have."""
    wrong = errors(lint(CATALOG[key], known_of(shop)))
    if wrong:
        raise Unfinished(f"Flow {key!r} is not published: {wrong[0].text}", wrong)
    return CATALOG[key]


def _set_channel(shop: Shop, flow: Flow, channel: str, mode: str, *, actor: str, at: datetime) -> Flow:
    if flow.mode == Flow.Mode.OFF and mode not in ("", Flow.Mode.OFF):
        text = (
            f"Flow {flow.key!r} is off as a whole; switch it on first, then off in the channels that shall not have it."
        )
        raise ConfigurationError(text, key="flows")
    was = flow.channels.get(channel, "")
    channels = {name: one for name, one in flow.channels.items() if name != channel}
    # The flow's own mode needs no word of its own, and follows the flow when that is switched.
    flow.channels = {**channels, channel: mode} if mode else channels
    if was != mode:
        before, after = {"mode": was or flow.mode}, {"mode": mode or flow.mode}
        subject = f"flow:{flow.key}"
        record_audit(
            shop, actor, "flow.switched", subject, {**before, "channel": channel}, {**after, "channel": channel}, at
        )
        flow.save(update_fields=["channels"])
    return flow


def retire(shop: Shop, key: str, *, actor: str, at: datetime) -> Flow:
    """Let nobody enter a flow any more; those inside go on to the end. Safe to repeat.

    Raises ConfigurationError for a flow that the shop does not have.
    """
    return _retired(shop, key, at, actor=actor, at=at)


def bring_back(shop: Shop, key: str, *, actor: str, at: datetime) -> Flow:
    """Take a retired flow back: it is as it was, and takes in who crosses from now on. Safe to repeat."""
    return _retired(shop, key, None, actor=actor, at=at)


def _retired(shop: Shop, key: str, since: datetime | None, *, actor: str, at: datetime) -> Flow:
    with transaction.atomic():
        flow = Flow.objects.select_for_update().filter(shop=shop, key=key).first()
        if flow is None:
            raise ConfigurationError(f"The shop has no flow {key!r}; nothing to retire or bring back.", key="flows")
        if (flow.retired_at is None) == (since is None):
            return flow
        action = "flow.brought_back" if since is None else "flow.retired"
        record_audit(shop, actor, action, f"flow:{key}", None, {"mode": flow.mode}, at)
        flow.retired_at = since
        if since is None and flow.enabled_at is not None:
            # Whoever crossed while it was retired is not caught up with.
            flow.enabled_at = at
        flow.save(update_fields=["retired_at", "enabled_at"])
        return flow
