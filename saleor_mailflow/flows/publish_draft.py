"""From a draft to a version: what it would change, for how many people, what speaks against it; then publish.

Refuses errors, and a draft begun from a version that is no longer the live one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from saleor_mailflow.exceptions import ConfigurationError, Conflict, Unfinished
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.difference import Change, changed_steps, difference
from saleor_mailflow.flows.drafts import draft_of
from saleor_mailflow.flows.goals import minute
from saleor_mailflow.flows.known import known_of
from saleor_mailflow.flows.lint import Finding, Level, errors
from saleor_mailflow.flows.publish import publish
from saleor_mailflow.flows.unfinished import read_unfinished
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Flow, FlowDraft, FlowVersion, Shop
from saleor_mailflow.statements import run


@dataclass(frozen=True, kw_only=True)
class Review:
    """What publishing a draft would come to."""

    draft: FlowDraft
    #: None where the draft is not finished.
    definition: Definition | None
    live: FlowVersion | None
    changes: tuple[Change, ...]
    #: People inside by the step they stand at, for steps that the draft changes, moves or takes out.
    people: Mapping[str, int]
    findings: tuple[Finding, ...]
    #: Why it cannot be published though it may be free of errors: somebody published meanwhile. "" where it can.
    conflict: str

    @property
    def publishable(self) -> bool:
        """Tell whether ``publish_draft`` would publish it."""
        return self.definition is not None and not self.conflict and not errors(self.findings)


@dataclass(frozen=True, kw_only=True)
class Published:
    """A version that was a draft: what it changed, and what the lint still says of it."""

    version: FlowVersion
    changes: tuple[Change, ...]
    people: Mapping[str, int]
    warnings: tuple[Finding, ...]


def people_in(shop: Shop, key: str) -> Mapping[str, int]:
    """Return how many people of a flow stand at each step, whatever their version; "" is behind the last. One query."""
    flow = Flow.objects.filter(shop=shop, key=key).first()
    found: dict[str, int] = {}
    for at, index, version_id, digest, number in run(_STANDING, [flow.pk]).rows if flow else ():
        step = at if at is not None else _by_index(definition_of(version_id, digest), index)
        found[step] = found.get(step, 0) + number
    return found


# What an earlier release wrote has only the number of its step.
_STANDING = """
SELECT e.cursor ->> 'at', (e.cursor ->> 'index')::int, v.id, v.digest, count(*)
FROM mailflow_enrollment e JOIN mailflow_flowversion v ON v.id = e.version_id
WHERE e.flow_id = %s::bigint AND e.state = 'active'
GROUP BY 1, 2, 3, 4
"""


def _by_index(definition: Definition, index: int) -> str:
    return next((id_ for id_, place in definition.places.items() if place.index == index), "")


def review_draft(shop: Shop, key: str) -> Review:
    """Return what publishing the draft would come to. Raises ConfigurationError where there is no draft."""
    return _review(shop, key, draft_of(shop, key))


def _review(shop: Shop, key: str, draft: FlowDraft) -> Review:
    flow = Flow.objects.filter(shop=shop, key=key).select_related("version").first()
    live = flow.version if flow else None
    definition, findings = read_unfinished(draft.definition, known_of(shop))
    changes: tuple[Change, ...] = ()
    if definition is not None:
        changes = difference(definition_of(live.pk, live.digest) if live else None, definition)
    touched = changed_steps(changes)
    people = {step: number for step, number in people_in(shop, key).items() if step in touched}
    return Review(
        draft=draft,
        definition=definition,
        live=live,
        changes=changes,
        people=people,
        findings=findings,
        conflict=_conflict(draft, live),
    )


def _conflict(draft: FlowDraft, live: FlowVersion | None) -> str:
    if live is None or draft.base_id == live.pk:
        return ""
    return (
        f"{live.published_by or 'Somebody'} published version {live.number} on {minute(live.published_at)}, after this "
        "draft was begun. Discard the draft, begin it anew from that version and make the change again."
    )


def publish_draft(
    shop: Shop, key: str, *, actor: str, at: datetime, note: str = "", revision: int | None = None
) -> Published:
    """Publish the draft as the flow's next version, and end the draft. People inside stay in theirs.

    ``revision`` is the one that was looked at. Raises Unfinished, with its findings, where the lint finds errors;
    Conflict where another version or revision came meanwhile; ConfigurationError where there is no draft.
    """
    with transaction.atomic():
        # Publishing locks the flow, then the draft: in this order everywhere.
        list(Flow.objects.select_for_update().filter(shop=shop, key=key))
        draft = FlowDraft.objects.select_for_update(of=("self",)).filter(shop=shop, flow_key=key).first()
        if draft is None:
            raise ConfigurationError(f"Flow {key!r} has no draft; begin one first.", key="flows")
        if revision is not None and draft.revision != revision:
            who = draft.updated_by or "Somebody"
            raise Conflict(
                f"{who} saved revision {draft.revision} of {key!r} on {minute(draft.updated_at)}; look at it first."
            )
        review = _review(shop, key, draft)
        if review.conflict:
            raise Conflict(review.conflict)
        wrong = errors(review.findings)
        if wrong or review.definition is None:
            raise Unfinished(f"Flow {key!r} is not published: {wrong[0].text}", wrong)
        version = publish(shop, review.definition, at=at, actor=actor, note=note)
        draft.delete()
    warnings = tuple(finding for finding in review.findings if finding.level is Level.WARNING)
    return Published(version=version, changes=review.changes, people=review.people, warnings=warnings)
