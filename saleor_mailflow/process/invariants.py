"""What must not be among the rows of the ledger, whoever they are about: each a statement that returns offending ids.

Refuses to compare the times of two workers to the second: each writes when its tick began, by its own host's clock. So
such times are ``%(grace)s`` apart at least before they mean anything. ``%(shop)s`` is the shop.
"""

from __future__ import annotations

from collections.abc import Mapping

#: What must not be → the ids that break it.
OF_ROWS: Mapping[str, str] = {
    "a message that left has neither intent nor end": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND state = 'accepted'
        AND (intent_at IS NULL OR ended_at IS NULL)""",
    "a message that did not leave gives no reason": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND reason = ''
        AND state IN ('blocked', 'missed', 'failed', 'unknown', 'shadowed')""",
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
        WHERE m.shop_id = %(shop)s AND e.state = 'ended' AND m.planned_at > e.ended_at + %(grace)s""",
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
        AND (intent_at < claimed_at OR ended_at < intent_at - %(grace)s)""",
    "somebody is inside twice for one basket and activity": """
        SELECT min(id) FROM mailflow_enrollment WHERE shop_id = %(shop)s AND state = 'active'
        GROUP BY flow_id, basket_id HAVING count(*) > 1 AND basket_id IS NOT NULL""",
    "one provider id stands for two messages": """
        SELECT min(id) FROM mailflow_message WHERE shop_id = %(shop)s AND provider_message_id <> ''
        GROUP BY provider, provider_message_id HAVING count(*) > 1""",
    "a message may have left without an intent": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND state IN ('sending', 'unknown')
        AND intent_at IS NULL""",
    "a message waits that has ended": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND state IN ('planned', 'claimed')
        AND ended_at IS NOT NULL""",
    "a message was claimed before it was planned": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND claimed_at < planned_at - %(grace)s""",
    # No lease that never ends runs out: nobody would ever take it over.
    "something is held by nobody, or for ever": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND state IN ('claimed', 'sending')
        AND (lease_until IS NULL OR lease_until > clock_timestamp() + interval '1 day')
        UNION ALL
        SELECT id FROM mailflow_enrollment WHERE shop_id = %(shop)s AND state = 'active'
        AND lease_until > clock_timestamp() + interval '1 day'""",
    "something is held that nobody can be at": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND state NOT IN ('claimed', 'sending')
        AND lease_until IS NOT NULL
        UNION ALL
        SELECT id FROM mailflow_enrollment WHERE shop_id = %(shop)s AND state = 'ended'
        AND lease_until IS NOT NULL""",
    "somebody is inside a flow and has left it": """
        SELECT id FROM mailflow_enrollment WHERE shop_id = %(shop)s AND state = 'active'
        AND (ended_at IS NOT NULL OR exit_reason <> '')""",
    "a count is below zero": """
        SELECT id FROM mailflow_message WHERE shop_id = %(shop)s AND least(fence, attempts, crashes) < 0
        UNION ALL
        SELECT id FROM mailflow_enrollment WHERE shop_id = %(shop)s AND least(fence, crashes) < 0""",
    "a message or enrollment is of another shop or flow than what it is about": """
        SELECT m.id FROM mailflow_message m JOIN mailflow_enrollment e ON e.id = m.enrollment_id
        JOIN mailflow_contact c ON c.id = m.contact_id JOIN mailflow_flow f ON f.id = e.flow_id
        WHERE m.shop_id = %(shop)s AND (e.shop_id <> m.shop_id OR c.shop_id <> m.shop_id OR f.key <> m.flow_key)
        UNION ALL
        SELECT e.id FROM mailflow_enrollment e JOIN mailflow_flow f ON f.id = e.flow_id
        JOIN mailflow_flowversion v ON v.id = e.version_id
        LEFT JOIN mailflow_basket b ON b.id = e.basket_id LEFT JOIN mailflow_purchase p ON p.id = e.purchase_id
        WHERE e.shop_id = %(shop)s AND (f.shop_id <> e.shop_id OR v.shop_id <> e.shop_id OR v.flow_key <> f.key
            OR b.shop_id <> e.shop_id OR p.shop_id <> e.shop_id)""",
    # Constraints hold this, and fail where an index is broken: such as after an upgrade of the system's collations.
    "one step of one enrollment was taken twice, or one address is two contacts": """
        SELECT min(r.id) FROM mailflow_steprun r JOIN mailflow_enrollment e ON e.id = r.enrollment_id
        WHERE e.shop_id = %(shop)s GROUP BY r.enrollment_id, r.step HAVING count(*) > 1
        UNION ALL
        SELECT min(id) FROM mailflow_contact WHERE shop_id = %(shop)s GROUP BY email HAVING count(*) > 1""",
    "a step was taken after somebody had left": """
        SELECT r.id FROM mailflow_steprun r JOIN mailflow_enrollment e ON e.id = r.enrollment_id
        WHERE e.shop_id = %(shop)s AND e.state = 'ended' AND r.at > e.ended_at + %(grace)s""",
    "a code was given twice, or belongs to somebody else's mail": """
        SELECT min(id) FROM mailflow_coupon WHERE shop_id = %(shop)s AND state <> 'none' AND code <> ''
        GROUP BY code HAVING count(*) > 1
        UNION ALL
        SELECT min(id) FROM mailflow_coupon WHERE shop_id = %(shop)s AND message_id IS NOT NULL
        GROUP BY message_id HAVING count(*) > 1
        UNION ALL
        SELECT c.id FROM mailflow_coupon c JOIN mailflow_message m ON m.id = c.message_id
        WHERE c.shop_id = %(shop)s AND (m.enrollment_id <> c.enrollment_id OR m.contact_id <> c.contact_id)""",
    # A mail of unknown fate gave its code, whatever became of it later.
    "a code says what its own times or its mail contradict": """
        SELECT id FROM mailflow_coupon WHERE shop_id = %(shop)s AND (state IN ('minted', 'given') AND (code = ''
            OR minted_at IS NULL) OR state = 'given' AND given_at IS NULL OR state = 'used' AND used_at IS NULL)
        UNION ALL
        SELECT c.id FROM mailflow_coupon c JOIN mailflow_message m ON m.id = c.message_id
        WHERE c.shop_id = %(shop)s AND c.state = 'given'
        AND m.state IN ('planned', 'claimed', 'blocked', 'missed', 'shadowed')""",
}
