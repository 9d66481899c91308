"""Send what passes the gate: claim, render, ask again, commit the intent, hand over, write the outcome.

Refuses to send without a committed intent, and to repeat what may have been sent.

How this can fail, and who is hurt:
* the worker dies before the intent: nothing left; the lease runs out and another takes the message over.
* the worker dies between intent and outcome: the mail may have arrived. It becomes ``unknown`` and is not repeated:
  the recipient must not get it twice, and a merchant can see it. At most ``window`` messages per death.
* the next mail is composed meanwhile and kills the worker: so is the one on its way, which may not even have left.
  Once: whatever that worker held is claimed alone from then on.
* a worker is stopped past its lease and wakes up: its fence is old, so its intent touches no row and it sends nothing;
  what it had intended and not begun is put back, or is ``unknown`` by then, and does not leave late.
* somebody buys or unsubscribes while we render: the gate is asked once more, at most two seconds before the intent.
* the provider refuses, defers or hangs: that mail is ended, retried later, or unknown; a broken line lets the rest of
  the batch wait; nobody else is held up, because no row or lock is held while we talk to the provider.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import Error, transaction

from saleor_mailflow import failpoints
from saleor_mailflow.audience.suppression import suppress
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.exceptions import ConfigurationError, OutcomeUnknown, Refused, TemplateFailed, TryLater
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.messages import outcome
from saleor_mailflow.messages.ahead import Ahead
from saleor_mailflow.messages.claim import LEASE, Ready, ask_again, claim
from saleor_mailflow.messages.compose import Composer
from saleor_mailflow.messages.gate_facts import GateRoom, look_again
from saleor_mailflow.messages.ledger import Ledger, Rendered
from saleor_mailflow.messages.mail import OutgoingMail, Transport
from saleor_mailflow.messages.providers import provider_name
from saleor_mailflow.models import Suppression
from saleor_mailflow.statements import plan_anew

logger = logging.getLogger("saleor_mailflow.outbox")

#: The gate's answer may be this old when the intent is committed.
FRESH_SECONDS = 1.0
#: Intents that the fast mode commits together: what a dying worker may leave unknown.
FAST_WINDOW = 10
#: Leases of what still waits in a batch are renewed when they are this old, in seconds.
RENEW_SECONDS = LEASE.total_seconds() / 3

TransportFactory = Callable[[ShopSettings], Transport]


@dataclass(kw_only=True)
class Sent:
    """What a run of the outbox came to."""

    looked_at: int = 0
    accepted: int = 0


def send_due(room: GateRoom, *, transport_factory: TransportFactory, until: float | None = None) -> Sent:
    """Send what is due at ``room.now`` and passes the gate, over one open connection, closed at the end.

    No new micro-batch is begun after ``until`` (by ``time.monotonic``): what ``room`` says of the shop, such as that it
    is not paused, was read when the tick began and must not grow old.
    """
    window = FAST_WINDOW if room.settings.sending_mode == "fast" else 1
    line = _Line(transport_factory, room.settings)
    sent = Sent()
    ledger = Ledger(room.shop_id, room.now, provider=provider_name(room.settings.provider))
    composer = Composer(room.shop_id, room.settings, room.now, gateway=room.gateway)
    try:
        while not line.broken and (until is None or time.monotonic() < until):
            asked_at = time.monotonic()
            ready, looked_at = claim(room)
            if ready and not sent.looked_at:
                plan_anew()
            sent.looked_at += looked_at
            if not looked_at:
                break
            if ready:
                composer.learn(ready)
            _rehearse(composer, [one for one in ready if one.shadow], room.now)
            going = [one for one in ready if not one.shadow]
            mails = Ahead(composer, going, at_most=window + 1)
            sent.accepted += _hand_over(room, going, mails, line, ledger, window=window, asked_at=asked_at)
            ledger.settle()
    finally:
        try:
            ledger.settle()
        finally:
            line.close()
    return sent


class _Line:
    """The connection of one run, opened when the first mail needs it. ``broken`` lets everything else wait."""

    def __init__(self, factory: TransportFactory, settings: ShopSettings) -> None:
        self.factory, self.settings, self.broken = factory, settings, False
        self._transport: Transport | None = None

    def open(self) -> Transport:
        if self._transport is None:
            self._transport = self.factory(self.settings)
        return self._transport

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None


def _rehearse(composer: Composer, ready: Sequence[Ready], now: datetime) -> None:
    """Compose what is in shadow mode; the mail is kept and ends there."""
    for one, mail in _composed(Ahead(composer, ready), ready, now):
        outcome.shadow(one, mail, now)


def _composed(mails: Ahead, ready: Sequence[Ready], now: datetime) -> list[Rendered]:
    """Return each with its mail. One whose template fails ends with its reason."""
    rendered: list[Rendered] = []
    for one in ready:
        try:
            rendered.append((one, mails.mail(one)))
        except TemplateFailed as error:
            detail = {"template": one.message.template, "problem": str(error)}
            outcome.fail(one, Reason.TEMPLATE, detail, now)
    failpoints.reach("rendered")
    return rendered


def _hand_over(
    room: GateRoom, ready: Sequence[Ready], mails: Ahead, line: _Line, ledger: Ledger, *, window: int, asked_at: float
) -> int:
    """Hand over a micro-batch, ``window`` intents at a time; return how many were accepted.

    ``asked_at`` is when the gate began to be asked about it, by ``time.monotonic``.
    """
    accepted = 0
    waiting = list(ready)
    leased_at = time.monotonic()
    while waiting:
        going, waiting = _composed(mails, waiting[:window], room.now), waiting[window:]
        if time.monotonic() - asked_at > FRESH_SECONDS:
            asked_at = time.monotonic()
            allowed = _still_allowed(look_again(room), [*(one for one, _ in going), *waiting])
            going = [(one, mail) for one, mail in going if one.message.id in allowed]
            waiting = [one for one in waiting if one.message.id in allowed]
            mails.keep(waiting)
        failpoints.reach("batch.middle")
        if waiting and time.monotonic() - leased_at > RENEW_SECONDS:
            outcome.renew(waiting)
            leased_at = time.monotonic()
        intended_at = time.monotonic()
        leaving = ledger.intend(going, meanwhile=mails.compose_next)
        if len(leaving) < len(going):
            # Somebody bought or unsubscribed a moment ago, which the gate writes down with its reason.
            left = {one.message.id for one, _ in leaving}
            ask_again(room, [one for one, _ in going if one.message.id not in left])
        begun = 0
        try:
            for begun, (one, mail) in enumerate(leaving, 1):
                if line.broken:
                    outcome.release(one, room.now)
                elif time.monotonic() - intended_at > FRESH_SECONDS:
                    # A slow provider, or this process was stopped: the gate's answer is old, and so may the intent be.
                    outcome.put_back(one)
                else:
                    following = leaving[begun][1] if begun < len(leaving) else mails.first_of(waiting)
                    accepted += _hand_over_one(
                        room, one, mail, line, ledger, following=following, meanwhile=mails.compose_next
                    )
        except BaseException:
            # Stopped from outside, such as by a time limit: nothing of the others has left.
            _put_back([one for one, _ in leaving[begun:]])
            raise
        if line.broken:
            for one in waiting:
                outcome.release(one, room.now)
            break
    return accepted


def _still_allowed(room: GateRoom, ready: Sequence[Ready]) -> set[int]:
    """Ask the gate again; return the ids of what may leave. What is only to be rehearsed by now waits for its turn."""
    allowed = ask_again(room, ready)
    for one in allowed:
        if one.shadow:
            outcome.put_back(one)
    return {one.message.id for one in allowed if not one.shadow}


def _hand_over_one(
    room: GateRoom,
    one: Ready,
    mail: OutgoingMail,
    line: _Line,
    ledger: Ledger,
    *,
    following: OutgoingMail | None,
    meanwhile: Callable[[], bool],
) -> int:
    try:
        taken = line.open().send(mail, following=following, meanwhile=meanwhile)
    except Refused as error:
        # Together: a worker that died in between would leave an address that is mailed, and refused, again.
        with transaction.atomic():
            outcome.fail(one, Reason.REFUSED, {"problem": str(error), "code": error.code}, room.now)
            if error.bad_address:
                suppress(
                    shop_id=room.shop_id,
                    email=mail.to_email,
                    reason=Suppression.Reason.BOUNCED,
                    at=room.now,
                    detail=error.code,
                )
    except TryLater as error:
        line.broken = line.broken or error.connection_lost
        outcome.try_later(one, str(error), room.now)
    except OutcomeUnknown as error:
        # Whatever broke the line would cost the next mail its fate too, or at least a whole time-out.
        line.broken = True
        outcome.unknown(one, str(error), room.now)
    except ConfigurationError as error:
        line.broken = True
        outcome.release(one, room.now, reason=Reason.NO_PROVIDER, detail={"problem": str(error)})
    else:
        ledger.accepted(one, mail, taken)
        if taken.interruption is not None:
            raise taken.interruption
        return 1
    return 0


def _put_back(ready: Sequence[Ready]) -> None:
    """Put back what has an intent and was not begun, where the database can still be asked; else it is ``unknown``."""
    with contextlib.suppress(Error):
        for one in ready:
            outcome.put_back(one)
