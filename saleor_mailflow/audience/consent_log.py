"""Put what people said about mail where it belongs in the log of its source, in whatever order it comes.

Refuses to let the order of arrival decide: of no, yes, no the last word is no, though the yes was the last to arrive.
"""

from __future__ import annotations

from collections.abc import Collection, MutableSequence
from dataclasses import replace

from django.db import connection

from saleor_mailflow.audience.said import Said
from saleor_mailflow.models import Consent

#: What keeps a log of its own: a contact, a place and a topic.
Key = tuple[int, str, str]

_MOVE = """
UPDATE mailflow_consent c SET at = new.at, heard_at = new.heard_at
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS new (id, at, heard_at) WHERE c.id = new.id
"""


def write(shop_id: int, said: Collection[Said], *, entity: str = "") -> int:
    """Write what is new; a source that repeats its last word adds nothing. Return how many words were added.

    Where nobody can know when a source took its word back, a yes counts as early and a no as late as it may have been.
    Two queries, one more where a word was said again.
    """
    if not said:
        return 0
    logs = _logs(said, entity)
    held = {row.pk: (row.at, row.heard_at) for log in logs.values() for row in log}
    for one in sorted(said, key=lambda s: s.at):
        key = (one.contact_id, one.source[:200], one.topic)
        _place(logs.setdefault(key, []), one, shop_id, entity)
    rows = [row for log in logs.values() for row in log]
    moved = [row for row in rows if row.pk is not None and held[row.pk] != (row.at, row.heard_at)]
    fresh = Consent.objects.bulk_create(row for row in rows if row.pk is None)
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, [[r.pk for r in moved], [r.at for r in moved], [r.heard_at for r in moved]])
    return len(fresh)


def _logs(said: Collection[Said], entity: str) -> dict[Key, MutableSequence[Consent]]:
    """Return what these sources said so far, oldest first."""
    logs: dict[Key, MutableSequence[Consent]] = {}
    known = Consent.objects.filter(
        contact_id__in={s.contact_id for s in said}, source__in={s.source[:200] for s in said}, entity=entity
    )
    for row in known.order_by("at", "id"):
        logs.setdefault((row.contact_id, row.source, row.topic), []).append(row)
    return logs


def _place(log: MutableSequence[Consent], one: Said, shop_id: int, entity: str) -> None:
    """Put a word into the log of its source: changes only, each as long as it is known to have held."""
    index = sum(row.at <= one.at for row in log)
    before = log[index - 1] if index else None
    after = log[index] if index < len(log) else None
    if before is not None and before.state == one.state:
        before.heard_at = max(before.heard_at or before.at, one.at)
        return
    if after is not None and after.state == one.state:
        after.at, after.heard_at = one.at, after.heard_at or after.at
        return
    log.insert(index, _row(one, shop_id, entity))
    if before is not None and before.heard_at is not None and before.heard_at > one.at:
        # It was said again after this: what was one word is two, with this one in between.
        said = replace(
            one,
            state=Consent.State(before.state),
            proof=before.proof,
            basis=Consent.Basis(before.basis),
            wording_id=before.wording_id,
            expires_at=before.expires_at,
            at=one.at if before.state == Consent.State.GRANTED else before.heard_at,
        )
        log.insert(index + 1, _row(said, shop_id, entity))
        log[index + 1].heard_at, before.heard_at = before.heard_at, before.at


def _row(one: Said, shop_id: int, entity: str) -> Consent:
    return Consent(
        shop_id=shop_id,
        entity=entity,
        contact_id=one.contact_id,
        topic=one.topic,
        state=one.state,
        source=one.source[:200],
        proof=one.proof[:500],
        basis=one.basis,
        wording_id=one.wording_id,
        expires_at=one.expires_at,
        at=one.at,
    )
