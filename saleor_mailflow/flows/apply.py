"""Make a shop's live flows what files say: what would change, then all of it in one transaction.

Refuses to apply a part: one file with an error keeps every other from being published. Moves nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from saleor_mailflow.exceptions import Conflict, Unfinished
from saleor_mailflow.flows.as_code import FlowFile, flow_from_yaml, flow_to_yaml
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.difference import Change, changed_steps, difference
from saleor_mailflow.flows.goals import minute
from saleor_mailflow.flows.known import known_of
from saleor_mailflow.flows.lint import Level
from saleor_mailflow.flows.publish import publish
from saleor_mailflow.flows.publish_draft import people_in
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Flow, FlowVersion, Shop
from saleor_mailflow.strict_yaml import read_yaml


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What one file would do to its flow."""

    name: str
    flow: Definition
    live: FlowVersion | None
    changes: tuple[Change, ...]
    #: People inside by the step they stand at, for steps that change.
    people: Mapping[str, int]
    #: Sentences with file and line.
    warnings: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Tell whether there is anything to publish."""
        return self.live is None or self.live.digest != self.flow.digest


def export_flow(shop: Shop, key: str) -> str:
    """Return a flow as YAML: its live version, else the catalogue's. Raises KeyError where there is neither."""
    version = FlowVersion.objects.filter(pk__in=Flow.objects.filter(shop=shop, key=key).values("version")).first()
    return flow_to_yaml(CATALOG[key] if version is None else definition_of(version.pk, version.digest))


def plan_apply(shop: Shop, texts: Mapping[str, str]) -> tuple[Planned, ...]:
    """Return what applying files would do, {file name: YAML}, in the order given. Nothing is written.

    Raises Unfinished with every error of every file, each with its file and line; Unreadable for what is no YAML.
    """
    known = known_of(shop)
    # A flow may start another that comes with it.
    names = {read.data.get("key") for read in map(read_yaml, texts.values(), texts) if isinstance(read.data, dict)}
    known = type(known)(**{**vars(known), "flows": {*(known.flows or ()), *(str(name) for name in names if name)}})
    files = [flow_from_yaml(read_yaml(text, name), known) for name, text in texts.items()]
    wrong = [said for file in files for said in _errors(file)] + _twice(files)
    if wrong:
        raise Unfinished("\n".join(wrong), [one for file in files for one in file.findings])
    return tuple(_planned(shop, file) for file in files)


def _errors(file: FlowFile) -> list[str]:
    pairs = zip(file.findings, file.said, strict=True)
    return [said for finding, said in pairs if finding.level is Level.ERROR or file.flow is None]


def _twice(files: Sequence[FlowFile]) -> list[str]:
    first: dict[str, str] = {}
    found = []
    for file in files:
        key = file.flow.key if file.flow else ""
        if key and key in first:
            found.append(file.read.blame(("key",), f"Flow {key!r} is also in {first[key]}; keep one of the files."))
        first.setdefault(key, file.read.name)
    return found


def _planned(shop: Shop, file: FlowFile) -> Planned:
    assert file.flow is not None
    flow = Flow.objects.filter(shop=shop, key=file.flow.key).select_related("version").first()
    live = flow.version if flow else None
    changes = difference(definition_of(live.pk, live.digest) if live else None, file.flow)
    touched = changed_steps(changes)
    return Planned(
        name=file.read.name,
        flow=file.flow,
        live=live,
        changes=changes,
        people={step: number for step, number in people_in(shop, file.flow.key).items() if step in touched},
        warnings=file.said,
    )


def apply_planned(
    shop: Shop, planned: Sequence[Planned], *, actor: str, at: datetime, note: str = ""
) -> tuple[FlowVersion, ...]:
    """Publish what differs, all or nothing; return the new versions. People inside stay in theirs.

    Raises Conflict where somebody published one of the flows after it was planned.
    """
    with transaction.atomic():
        differing = [one for one in planned if one.differs]
        keys = sorted(one.flow.key for one in differing)
        live = {
            flow.key: flow.version_id
            for flow in Flow.objects.select_for_update().filter(shop=shop, key__in=keys).order_by("key")
        }
        for one in differing:
            if live.get(one.flow.key) != (one.live.pk if one.live else None):
                newest = FlowVersion.objects.filter(shop=shop, flow_key=one.flow.key).order_by("-number").first()
                who = f"{newest.published_by} on {minute(newest.published_at)}" if newest else "somebody"
                raise Conflict(f"Flow {one.flow.key!r} was published by {who} meanwhile; look at the difference again.")
        return tuple(publish(shop, one.flow, at=at, actor=actor, note=note) for one in differing)
