"""Check the ledger's invariants, in production too. Refuses to mend anything: it counts what must not be.

Each invariant is one statement that returns at most a few offending ids and their number; none locks a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from saleor_mailflow.audience.addresses import normal_hash
from saleor_mailflow.audience.suppression import suppression_key

#: Rows read at a time.
PAGE = 10_000
#: What must not be → the ids that break it. ``%(shop)s`` is the shop.
INVARIANTS: Mapping[str, str] = {
    "a message that left has neither intent nor end": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND state = 'accepted'
        AND (intent_at IS NULL OR ended_at IS NULL)""",
    "a message that did not leave gives no reason": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND reason = ''
        AND state IN ('blocked', 'missed', 'failed', 'unknown', 'shadowed')""",
    "a cart mail was handed over after a purchase that was known before its claim": """
        SELECT m.id FROM mailflow_message m JOIN mailflow_enrollment e ON e.id = m.enrollment_id
        JOIN mailflow_basket b ON b.id = e.basket_id
        JOIN mailflow_purchase p ON p.shop_id = m.shop_id AND p.token = b.token AND p.token <> ''
        WHERE m.shop_id = %(shop)s AND m.state IN ('accepted', 'sending', 'unknown') AND p.counts
        AND p.learned_at < m.claimed_at""",
    "an intent is older than any lease": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND state = 'sending'
        AND lease_until < clock_timestamp() - interval '10 minutes'""",
    "a claim is older than any lease": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND state = 'claimed'
        AND lease_until < clock_timestamp() - interval '10 minutes'""",
    "a message ended without an end": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND ended_at IS NULL
        AND state NOT IN ('planned', 'claimed', 'sending')""",
    "a message belongs to another contact than its enrollment": """
        SELECT m.id FROM mailflow_message m JOIN mailflow_enrollment e ON e.id = m.enrollment_id
        WHERE m.shop_id = %(shop)s AND m.contact_id <> e.contact_id""",
    "a message has no step run that planned it": """
        SELECT m.id FROM mailflow_message m WHERE m.shop_id = %(shop)s AND NOT EXISTS (
            SELECT 1 FROM mailflow_steprun r WHERE r.enrollment_id = m.enrollment_id AND r.step = m.step)
        AND m.planned_at >= (
            SELECT coalesce(max(w.value::timestamptz), '-infinity') FROM mailflow_watermark w
            WHERE w.shop_id = m.shop_id AND w.name = 'purged:decisions')""",
    "somebody left without a reason": """
        SELECT id FROM mailflow_enrollment WHERE shop_id = %(shop)s AND state = 'ended' AND exit_reason = ''""",
    "somebody is in a flow and has no time at which to go on": """
        SELECT id FROM mailflow_enrollment WHERE shop_id = %(shop)s AND state = 'active' AND due_at IS NULL""",
    "somebody left a flow and a mail of it was planned after that": """
        SELECT m.id FROM mailflow_message m JOIN mailflow_enrollment e ON e.id = m.enrollment_id
        WHERE m.shop_id = %(shop)s AND e.state = 'ended' AND m.planned_at > e.ended_at""",
    "a message or enrollment is in a state that nobody knows": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND state NOT IN ('planned', 'claimed', 'sending',
            'accepted', 'blocked', 'missed', 'shadowed', 'failed', 'unknown')
        UNION ALL
        SELECT id FROM mailflow_enrollment WHERE shop_id = %(shop)s AND state NOT IN ('active', 'ended')""",
    "one step of one enrollment has two messages, or two messages one idempotency key": """
        SELECT min(id) FROM mailflow_message WHERE shop_id = %(shop)s GROUP BY enrollment_id, step HAVING count(*) > 1
        UNION ALL
        SELECT min(id) FROM mailflow_message WHERE shop_id = %(shop)s GROUP BY uuid HAVING count(*) > 1""",
    "somebody entered a flow twice by one key": """
        SELECT min(id) FROM mailflow_enrollment WHERE shop_id = %(shop)s GROUP BY flow_id, key HAVING count(*) > 1""",
    "an intent came before its claim, or an end before its intent": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND state = 'accepted'
        AND (intent_at < claimed_at OR ended_at < intent_at)""",
    "somebody is inside twice for one basket and activity": """
        SELECT min(id) FROM mailflow_enrollment WHERE shop_id = %(shop)s AND state = 'active'
        GROUP BY flow_id, basket_id HAVING count(*) > 1 AND basket_id IS NOT NULL""",
    "the same mail left twice to one person within the flow's time": """
        SELECT m.id FROM (
            SELECT id, enrollment_id, planned_at - lag(planned_at) OVER (
                PARTITION BY contact_id, template ORDER BY planned_at, id) AS since
            FROM mailflow_message WHERE shop_id = %(shop)s AND state = 'accepted'
        ) m JOIN mailflow_enrollment e ON e.id = m.enrollment_id JOIN mailflow_flowversion v ON v.id = e.version_id
        WHERE m.since < make_interval(secs => (v.definition ->> 'once_per')::int)""",
    "promotional mail left within eight hours of another mail": """
        SELECT m.id FROM mailflow_message m JOIN mailflow_message other
        ON other.contact_id = m.contact_id AND other.id <> m.id AND other.purpose = 'marketing'
        AND other.state IN ('accepted', 'unknown')
        AND other.claimed_at > m.claimed_at - interval '8 hours' AND (other.claimed_at < m.claimed_at
            OR (other.claimed_at = m.claimed_at AND other.promotional AND other.id < m.id))
        WHERE m.shop_id = %(shop)s AND m.promotional AND m.state = 'accepted'""",
    "one provider id stands for two messages": """
        SELECT min(id) FROM mailflow_message WHERE shop_id = %(shop)s AND provider_message_id <> ''
        GROUP BY provider, provider_message_id HAVING count(*) > 1""",
}


@dataclass(frozen=True, kw_only=True)
class Violation:
    """An invariant that does not hold: what is wrong, how often, and a few of the rows."""

    invariant: str
    count: int
    examples: tuple[int, ...]


def verify(shop_id: int) -> list[Violation]:
    """Return what is wrong in a shop's ledger, [] when nothing is."""
    found = []
    for invariant, statement in INVARIANTS.items():
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*), (array_agg(id ORDER BY id))[1:5] FROM ({statement}) AS broken (id)",  # noqa: S608 - our own text
                {"shop": shop_id},
            )
            count, examples = cursor.fetchone()
        if count:
            found.append(Violation(invariant=invariant, count=count, examples=tuple(examples)))
    return [*found, *_mailed_although_suppressed(shop_id)]


def _mailed_although_suppressed(shop_id: int) -> list[Violation]:
    """Find marketing mail that was intended after the address was suppressed. The hash is keyed, so it is made here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT email_hash, entity, at FROM mailflow_suppression WHERE shop_id = %s", [shop_id])
        since = {(digest, entity): at for digest, entity, at in cursor.fetchall()}
        if not since:
            return []
        key = suppression_key(shop_id)
        cursor.execute(
            "SELECT m.contact_id, c.email, m.entity, max(coalesce(m.intent_at, m.claimed_at)) FROM mailflow_message m "
            "JOIN mailflow_contact c ON c.id = m.contact_id WHERE m.shop_id = %s AND m.purpose = 'marketing' "
            "AND m.state IN ('accepted', 'sending', 'unknown') AND m.claimed_at > %s GROUP BY 1, 2, 3",
            [shop_id, min(since.values())],
        )
        broken = []
        while rows := cursor.fetchmany(PAGE):
            for contact_id, email, entity, intent_at in rows:
                digest = email.split(":")[1] if email.startswith("erased:") else normal_hash(key, email)
                if any(since.get((digest, one), intent_at) < intent_at for one in {"", entity}):
                    broken.append(contact_id)
    if not broken:
        return []
    said = "a marketing mail was handed over to somebody suppressed before (ids of contacts)"
    return [Violation(invariant=said, count=len(broken), examples=tuple(broken[:5]))]
