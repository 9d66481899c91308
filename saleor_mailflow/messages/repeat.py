"""Hand a mail of unknown fate over once more, with the same key, to a provider that drops what it had before.

Refuses where the provider would not know the mail again (another provider, or its memory is over), where the gate says
no by now, and to hand it over in other words than the first time.

How this can fail, and who is hurt:
* the provider forgot the key earlier than it says: somebody gets a second mail. So the shortest span that it documents
  counts, with a margin, from the first intent, which is never moved.
* the merchant has another account with the same provider now: the key is unknown there. The key is tried for as long as
  the provider's memory only, and the first mail was lost or will be told by the first account's webhook.
* there are many and the provider is slow: by its turn a mail could be forgotten there, or bought here. So each is
  claimed and taken to the gate by itself, right before its hand-over, and a line that is lost ends the run.
* the worker dies in it: it is ``unknown`` again, and repeated again while tries and memory last.
* somebody bought or unsubscribed since: nothing is handed over and it stays ``unknown``, since the first may be there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection

from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.exceptions import MailflowError, OutcomeUnknown, Refused
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.messages import outcome
from saleor_mailflow.messages.claim import LEASE, Ready, verdicts
from saleor_mailflow.messages.compose import Composer
from saleor_mailflow.messages.coupons import carried
from saleor_mailflow.messages.gate_facts import GateRoom, look_again
from saleor_mailflow.messages.ledger import Ledger
from saleor_mailflow.messages.mail import Transport
from saleor_mailflow.messages.providers import PROVIDERS, provider_name
from saleor_mailflow.models import Message

#: What a provider remembers is over this much earlier for us: clocks differ, and a request takes its time.
MARGIN = timedelta(minutes=2)
#: Pauses before each repetition. The first one outlasts a request that the provider may still be working on.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
#: The most that are repeated in one tick.
MOST = 20

# Materialized, as every claim: joined from its inner side the choice would be made anew for each row, without those
# that were just taken, and all of them would be.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM mailflow_message
    WHERE shop_id = %(shop)s AND state = 'unknown' AND provider = %(provider)s AND intent_at > %(remembers_since)s
      AND coalesce((detail ->> 'repeats')::int, 0) < %(most_repeats)s
      AND ended_at <= %(now)s::timestamptz - (%(pauses)s::interval[])[coalesce((detail ->> 'repeats')::int, 0) + 1]
    ORDER BY intent_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE mailflow_message m
SET state = 'sending', fence = m.fence + 1, lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
    detail = m.detail || jsonb_build_object('repeats', coalesce((m.detail ->> 'repeats')::int, 0) + 1)
FROM due WHERE m.id = due.id
RETURNING m.id
"""


def repeat_unknown(room: GateRoom, *, transport_factory: Callable[[ShopSettings], Transport]) -> int:
    """Repeat what is unknown and may be repeated at ``room.now``; return how many are settled by it. ADR 0009."""
    name = provider_name(room.settings.provider)
    provider = PROVIDERS.get(name)
    if provider is None or not provider.deduplicates or room.shop.provider_problem:
        return 0
    ledger, settled, transport = Ledger(room.shop_id, room.now), 0, None
    try:
        for _ in range(MOST):
            room = look_again(room)
            message = None if room.shop.paused else _claim(room, name, remembers=provider.remembers - MARGIN)
            if message is None:
                break
            one = _through_the_gate(room, message)
            if one is None:
                _still_unknown(room, message, message.detail.get("problem", ""))
                continue
            transport = transport or transport_factory(room.settings)
            done = _repeat(room, one, transport, ledger)
            if done is None:
                break
            settled += done
    finally:
        if transport is not None:
            transport.close()
    return settled


def _claim(room: GateRoom, name: str, *, remembers: timedelta) -> Message | None:
    """Claim the oldest that may be repeated, None where there is none."""
    passed = timedelta(seconds=time.monotonic() - room.read_at)
    values: dict[str, Any] = {
        "lease": LEASE.total_seconds(),
        "shop": room.shop_id,
        "provider": name,
        "remembers_since": room.now + passed - remembers,
        "most_repeats": len(PAUSES),
        "now": room.now,
        "pauses": list(PAUSES),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        claimed = cursor.fetchone()
    if claimed is None:
        return None
    return Message.objects.select_related("enrollment__flow", "enrollment__version", "contact").get(pk=claimed[0])


def _through_the_gate(room: GateRoom, message: Message) -> Ready | None:
    """Ask the gate about it; return None where it says no, or where nothing of the flow leaves any more (shadow)."""
    ((asked, verdict),) = verdicts(room, [message])
    one = Ready(asked=asked, coupon=carried([message], room.now).get(message.pk))
    return one if verdict.allowed and not one.shadow else None


def _repeat(room: GateRoom, one: Ready, transport: Transport, ledger: Ledger) -> bool | None:
    """Hand one over again; return whether that settled it, None where the others had better wait.

    Whatever is not a clear answer leaves it unknown, as it was.
    """
    message = one.message
    assert message.intent_at is not None
    try:
        # As it was made the first time: a provider refuses its key with other words.
        composer = Composer(room.shop_id, room.settings, message.intent_at, gateway=room.gateway)
        composer.learn([one])
        mail = composer.compose(one)
        taken = transport.send(mail)
    except Refused as error:
        # The first one was not taken either, else the provider had said so.
        outcome.fail(one, Reason.REFUSED, {"problem": str(error), "code": error.code}, room.now)
    except MailflowError as error:
        _still_unknown(room, message, str(error))
        return None if isinstance(error, OutcomeUnknown) or getattr(error, "connection_lost", False) else False
    else:
        ledger.accepted(one, mail, taken)
        ledger.settle()
        return True
    return False


def _still_unknown(room: GateRoom, message: Message, problem: object) -> None:
    detail = {**message.detail, "problem": str(problem)}
    Message.objects.filter(id=message.id, fence=message.fence, state=Message.State.SENDING).update(
        state=Message.State.UNKNOWN, reason=Reason.UNKNOWN, detail=detail, ended_at=room.now, lease_until=None
    )
