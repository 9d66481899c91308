"""Send a mail once more because a person of the shop said so: a new enrollment of a flow of one step, same template.

Refuses to touch the first message (one mail per step, ever), to go past the gate (who bought, unsubscribed or was
erased since gets nothing), and to send more often than somebody may lose a mail.

How this can fail, and who is hurt: a button pressed twice, or a page loaded anew (the form says how many there were,
and the unique key keeps one); two people at it at once (the first message's row is locked); the worker dies (the new
message is a message as any other); the order or cart is gone (the gate says so, and nothing goes).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from saleor_mailflow.audit import record_audit
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.definition import Purpose
from saleor_mailflow.flows.publish import publish
from saleor_mailflow.flows.steps import Send
from saleor_mailflow.flows.triggers import Manual
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Enrollment, Flow, FlowVersion, Message, Shop

#: The flow that mails sent again belong to; its versions are one a template.
KEY = "sent_again"
#: Who has lost a mail so often has another problem.
MOST = 3
#: Whoever asked for it waits for it.
LATENESS = timedelta(hours=24)
#: What can be sent again: it left, may have left, or should have left. What the gate refused it would refuse again.
STATES = frozenset({Message.State.ACCEPTED, Message.State.UNKNOWN, Message.State.FAILED, Message.State.MISSED})


@dataclass(frozen=True, kw_only=True)
class Again:
    """What came of it: whether a mail is on its way to the gate, and a sentence."""

    begun: bool
    sentence: str


def times_sent_again(uuids: list[UUID]) -> dict[UUID, int]:
    """Return {message: how often it was sent again}. One query."""
    found = dict.fromkeys(uuids, 0)
    keys = Enrollment.objects.filter(flow__key=KEY, context__again__in=[str(one) for one in uuids])
    for again in keys.values_list("context__again", flat=True):
        found[UUID(again)] += 1
    return found


def send_again(shop: Shop, uuid: UUID, *, nth: int, actor: str, at: datetime) -> Again:
    """Plan the mail ``uuid`` once more; the next tick asks the gate and sends it. Safe to repeat with the same ``nth``.

    ``nth`` is the number that this sending would have, from 1: it was seen by whoever asks, so a second press of one
    button is one mail. The mail is made anew from what is true now; a code it carried is not given twice.
    """
    with transaction.atomic():
        first = (
            Message.objects.select_for_update(of=("self",), no_key=True)
            .filter(shop=shop, uuid=uuid)
            .select_related("enrollment__flow", "enrollment__version")
            .first()
        )
        if first is None:
            return Again(begun=False, sentence="There is no such mail in this shop.")
        refusal = _refusal(first)
        if refusal:
            return Again(begun=False, sentence=refusal)
        so_far = times_sent_again([uuid])[uuid]
        if nth <= so_far or _under_way(first.contact_id):
            return Again(begun=False, sentence="A mail is on its way to them again already. Look here in a minute.")
        if so_far >= MOST:
            return Again(begun=False, sentence=f"It was sent again {so_far} times; more would not help. Ask by phone.")
        _begin(shop, first, so_far + 1, actor=actor, at=at)
        return Again(begun=True, sentence="It is sent again within a minute, if nothing speaks against it by then.")


def _refusal(first: Message) -> str:
    if first.state not in STATES:
        return "It was not sent, for the reason beside it; sending it again would end the same way."
    if first.enrollment.flow.key == KEY:
        return "This is a mail sent again; send the first one again instead."
    return "" if _step(first) is not None else "The step that it came from cannot be read any more."


def _under_way(contact_id: int) -> bool:
    """Tell whether somebody is to get a mail again at this moment: they are inside once, as in any flow."""
    return Enrollment.objects.filter(contact_id=contact_id, flow__key=KEY, state=Enrollment.State.ACTIVE).exists()


def _step(first: Message) -> Send | None:
    version = first.enrollment.version
    return definition_of(version.pk, version.digest).send(first.step)


def _begin(shop: Shop, first: Message, nth: int, *, actor: str, at: datetime) -> None:
    definition, source = _definition(first), first.enrollment
    flow, version = _switched_on(shop, definition, actor=actor, at=at)
    # What it was about comes along, so the gate sees the same cart, order and moment as the first time.
    context = {name: value for name, value in source.context.items() if name != "exit"}
    entered = Enrollment.objects.create(
        shop=shop,
        flow=flow,
        version=version,
        contact_id=first.contact_id,
        basket_id=source.basket_id,
        purchase_id=source.purchase_id,
        key=f"again:{first.uuid}:{nth}",
        cursor=definition.begin(at).to_json(),
        context={**context, "again": str(first.uuid)},
        entered_at=at,
        due_at=at,
    )
    after = {"flow": first.flow_key, "step": first.step, "enrollment": entered.pk}
    record_audit(shop, actor, "message.sent_again", f"message:{first.pk}", after=after, at=at)


def _definition(first: Message) -> Definition:
    version, step = first.enrollment.version, _step(first)
    source = definition_of(version.pk, version.digest)
    assert step is not None
    return Definition(
        key=KEY,
        name="Sent again by hand",
        description="Mails that a person of the shop sent once more, because somebody had lost them.",
        purpose=Purpose(source.purpose),
        # Somebody waits for it: it counts towards the limits, and they do not hold it up.
        prompt=True,
        kind=source.kind,
        topic=first.topic,
        # Last among the flows: nobody shapes it, and prompt mail asks nobody for its turn.
        priority=1000,
        once_per=timedelta(0),
        trigger=Manual(),
        ends=source.ends,
        steps=(Send(id="again", template=first.template, lateness=LATENESS, products=step.products),),
    )


def _switched_on(shop: Shop, definition: Definition, *, actor: str, at: datetime) -> tuple[Flow, FlowVersion]:
    """Return the flow, live, and the version of this template. Each template's version is published once."""
    version = FlowVersion.objects.filter(shop=shop, flow_key=KEY, digest=definition.digest).first()
    if version is None:
        version = publish(shop, definition, at=at, actor=actor)
    flow = Flow.objects.get(shop=shop, key=KEY)
    if flow.mode != Flow.Mode.LIVE or flow.retired_at is not None:
        flow.mode, flow.enabled_at, flow.retired_at = Flow.Mode.LIVE, at, None
        flow.save(update_fields=["mode", "enabled_at", "retired_at"])
    return flow, version
