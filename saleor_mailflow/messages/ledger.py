"""The two writes of every mail, in one commit where both are due: the intent to send it, and that one was taken.

Refuses to let a byte leave before its intent is on the disk, to intend what was bought or unsubscribed meanwhile, and
to write to a row that another worker took over.

How this can fail, and who is hurt: the worker dies after a provider's yes and before the next commit. The mails since
the last commit are ``unknown`` then: one in the careful mode, a window of the fast one. Nobody gets a second mail.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

from psycopg.types.json import Jsonb

from saleor_mailflow import failpoints
from saleor_mailflow.audience.addresses import normal_hash
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.messages.claim import LEASE, Ready
from saleor_mailflow.messages.mail import Accepted, OutgoingMail
from saleor_mailflow.messages.settle import settle
from saleor_mailflow.statements import run

logger = logging.getLogger("saleor_mailflow.outbox")

#: An acceptance waits for the next intent's commit at most this long.
SETTLE_SECONDS = 1.0

Rendered = tuple[Ready, OutgoingMail]

# Of somebody erased while their mail was on its way (``audience.erasing``) the outcome is kept, not the text.
_ONE_TAKEN = "(%s::bigint, %s::int, %s::text, %s::text, %s::text, %s::text, %s::text, %s::text, %s::jsonb)"
_TAKEN = """
UPDATE mailflow_message m
SET state = 'accepted', reason = '', ended_at = %s::timestamptz, provider = taken.provider,
    provider_message_id = taken.message_id, detail = taken.detail, lease_until = NULL,
    subject = CASE WHEN m.detail -> 'erased' IS NULL THEN taken.subject ELSE '' END,
    html = CASE WHEN m.detail -> 'erased' IS NULL THEN taken.html ELSE '' END,
    text = CASE WHEN m.detail -> 'erased' IS NULL THEN taken.text ELSE '' END,
    language = CASE WHEN m.detail -> 'erased' IS NULL THEN taken.language ELSE '' END
FROM (VALUES {taken}) AS taken (id, fence, provider, message_id, subject, html, text, language, detail)
WHERE m.id = taken.id AND m.fence = taken.fence AND m.state IN ('claimed', 'sending')
RETURNING m.id, false AS intended
"""
_ONE_GOING = "(%s::bigint, %s::int, %s::text, %s::text, %s::text, %s::timestamptz, %s::jsonb)"
# The gate has been asked; what came into our tables since is asked here once more, in the statement that commits. Where
# the mail's links lead is committed with it: whoever clicks, however soon, finds it.
_GOING = """
UPDATE mailflow_message m
SET state = 'sending', provider = %s::text, intent_at = %s::timestamptz, links = going.links,
    lease_until = clock_timestamp() + make_interval(secs => %s::float8)
FROM (VALUES {going}) AS going (id, fence, address, token, email, since, links)
WHERE m.id = going.id AND m.fence = going.fence AND m.state = 'claimed'
  AND NOT EXISTS (
      SELECT 1 FROM mailflow_suppression s
      WHERE s.shop_id = m.shop_id AND s.email_hash = going.address AND s.entity IN ('', m.entity)
  )
  AND NOT EXISTS (
      SELECT 1 FROM mailflow_purchase p
      WHERE p.shop_id = m.shop_id AND p.token = going.token AND p.token <> '' AND p.counts
  )
  AND NOT EXISTS (
      SELECT 1 FROM mailflow_purchase p
      WHERE p.shop_id = m.shop_id AND p.email = going.email AND p.created_at >= going.since AND p.counts
  )
RETURNING m.id, true AS intended
"""
# What was taken need not reach the disk by itself: until the next commit takes it along (less than a second) only a
# crash of the database loses it, which leaves that mail ``unknown``.
_QUICK = "WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))"


@cache
def _statement(taken: int, going: int) -> str:
    """Return the statement for so many of each; few numbers occur, so that each is prepared once."""
    took = _TAKEN.format(taken=", ".join([_ONE_TAKEN] * taken))
    goes = _GOING.format(going=", ".join([_ONE_GOING] * going))
    if not going:
        return f"{_QUICK} {took.replace('WHERE', 'CROSS JOIN quick WHERE', 1)}"
    if not taken:
        return goes
    both = "SELECT id, intended FROM taken UNION ALL SELECT id, intended FROM intended"
    return f"WITH taken AS ({took}), intended AS ({goes}) {both}"


class Ledger:
    """Writes for one run of the outbox. ``settle`` it at the end, whatever happens."""

    def __init__(self, shop_id: int, now: datetime, *, provider: str = "") -> None:
        """``now`` is the run's time (aware UTC), written into the rows.

        ``provider`` is named by each intent: should its answer get lost, only that one may be asked again.
        """
        self._shop_id, self._now, self._provider = shop_id, now, provider
        self._key: bytes | None = None
        self._taken: list[tuple[Ready, tuple[object, ...]]] = []
        self._since = 0.0

    def intend(self, going: Sequence[Rendered], *, meanwhile: Callable[[], bool] | None = None) -> list[Rendered]:
        """Commit the intent to send these; return those that may leave now. ``meanwhile`` is as in ``statements.run``.

        The others are another worker's by now, or somebody bought or unsubscribed since the gate was asked: the gate
        knows which.
        """
        if not going:
            return []
        ours = self._write(going, meanwhile)
        failpoints.reach("intent.committed")
        return [(one, mail) for one, mail in going if one.message.id in ours]

    def accepted(self, one: Ready, mail: OutgoingMail, taken: Accepted) -> None:
        """The provider took it: to be written with the next intent, by ``settle``, or now if that takes long."""
        kept = (mail.subject[:300], mail.html, mail.text, mail.language, Jsonb({"basis": one.asked.facts.basis}))
        values = (one.message.id, one.fence, taken.provider, taken.message_id[:255], *kept)
        if not self._taken:
            self._since = time.monotonic()
        self._taken.append((one, values))
        if time.monotonic() - self._since > SETTLE_SECONDS:
            self.settle()

    def settle(self) -> None:
        """Write what was accepted and is not written yet."""
        if self._taken:
            self._write(())

    def _write(self, going: Sequence[Rendered], meanwhile: Callable[[], bool] | None = None) -> set[int]:
        taken = self._taken
        values: list[object] = []
        if taken:
            values.append(self._now)
            values.extend(value for _, row in taken for value in row)
        if going:
            values += [self._provider, self._now, LEASE.total_seconds()]
            values.extend(value for one, mail in going for value in (*self._asked(one), Jsonb(mail.links)))
        rows = run(_statement(len(taken), len(going)), values, meanwhile=meanwhile).rows
        # Not before: where the statement failed, such as in a deadlock, ``settle`` tries once more.
        self._taken = []
        if taken:
            failpoints.reach("outcome.committed")
            written = {message_id for message_id, intended in rows if not intended}
            for one, row in taken:
                if one.message.id not in written:
                    self._too_late(one, provider=str(row[2]), provider_message_id=str(row[3]))
        return {message_id for message_id, intended in rows if intended}

    def _too_late(self, one: Ready, *, provider: str, provider_message_id: str) -> None:
        """Write that a mail was taken whose lease ran out on the way: it is unknown by now, or another worker's."""
        if not settle(self._shop_id, one.message.uuid, provider=provider, provider_message_id=provider_message_id):
            logger.warning("Message %s is another worker's now; its outcome was not written here.", one.message.id)

    def _asked(self, one: Ready) -> tuple[object, ...]:
        """Return one message with what must not have happened to it: (id, fence, address, token, email, since)."""
        message, asked, sight = one.message, one.asked, one.asked.sight
        if self._key is None:
            self._key = suppression_key(self._shop_id)
        marketing = message.purpose == "marketing"
        address = normal_hash(self._key, asked.email) if marketing else ""
        if sight is None:
            email = asked.email if asked.bought_since is not None else None
            return message.id, one.fence, address, "", email, asked.bought_since or message.enrollment.entered_at
        return message.id, one.fence, address, sight.token, sight.email, message.enrollment.context["active_at"]
