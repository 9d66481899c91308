"""What happened, counted in the database and nowhere else. Refuses to remember anything by itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.db.models import Count

from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.models import Enrollment, Event, Message

#: How a message ends that did not go out.
NOT_SENT = (
    Message.State.BLOCKED,
    Message.State.MISSED,
    Message.State.FAILED,
    Message.State.UNKNOWN,
    Message.State.SHADOWED,
)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Facts recorded, people who entered, mails taken by the mail server, and why people left or got no mail.

    ``flows`` is {flow: mails taken}, of every flow that there is.
    """

    events: int
    enrolled: int
    sent: int
    exits: dict[str, int]
    blocked: dict[str, int]
    flows: dict[str, int]

    def to_json(self) -> dict[str, object]:
        """Return the figures as one JSON object."""
        return asdict(self)


def count(shop_id: int, *, until: datetime | None = None) -> Figures:
    """Count a shop's figures, those of what happened up to ``until``; but always every flow's mails. Six queries."""
    end = until or datetime.max.replace(tzinfo=UTC)
    enrollments = Enrollment.objects.filter(shop_id=shop_id, entered_at__lte=end)
    messages = Message.objects.filter(shop_id=shop_id, ended_at__lte=end)
    ended = enrollments.filter(state=Enrollment.State.ENDED).values_list("exit_reason").annotate(n=Count("id"))
    kept = messages.filter(state__in=NOT_SENT).values_list("reason").annotate(n=Count("id"))
    accepted = Message.objects.filter(shop_id=shop_id, state=Message.State.ACCEPTED)
    by_flow = dict(accepted.values_list("enrollment__flow__key").annotate(n=Count("id")))
    return Figures(
        events=Event.objects.filter(shop_id=shop_id, occurred_at__lte=end).count(),
        enrolled=enrollments.count(),
        sent=messages.filter(state=Message.State.ACCEPTED).count(),
        exits=dict(sorted(ended)),
        blocked=dict(sorted(kept)),
        flows={key: by_flow.get(key, 0) for key in sorted({*CATALOG, *by_flow})},
    )
