"""What must not be among the rows of the ledger, whoever they are about.

Refuses to compare the times of two workers to the second: each writes when its tick began, by its own host's clock. So
such times are ``%(grace)s`` apart at least before they mean anything. ``%(shop)s`` is the shop.
"""

from __future__ import annotations

from collections.abc import Mapping

#: What must not be said of one message ``m``, its enrollment ``e``, contact ``c`` and flow ``f``; all in one pass.
OF_MESSAGES: Mapping[str, str] = {
    "a message that left has neither intent nor end": """
        m.state = 'accepted' AND (m.intent_at IS NULL OR m.ended_at IS NULL)""",
    "a message may have left without an intent": "m.state IN ('sending', 'unknown') AND m.intent_at IS NULL",
    "a message that did not leave gives no reason": """
        m.reason = '' AND m.state IN ('blocked', 'missed', 'failed', 'unknown', 'shadowed')""",
    "an intent is older than any lease": """
        m.state = 'sending' AND m.lease_until < clock_timestamp() - interval '10 minutes'""",
    "a claim is older than any lease": """
        m.state = 'claimed' AND m.lease_until < clock_timestamp() - interval '10 minutes'""",
    # Such a lease never runs out: nobody would ever take the message over.
    "a message is held by nobody, or for ever": """
        m.state IN ('claimed', 'sending')
        AND (m.lease_until IS NULL OR m.lease_until > clock_timestamp() + interval '1 day')""",
    "a message is held that nobody can be at": "m.state NOT IN ('claimed', 'sending') AND m.lease_until IS NOT NULL",
    "a message ended without an end": "m.ended_at IS NULL AND m.state NOT IN ('planned', 'claimed', 'sending')",
    "a message waits that has ended": "m.ended_at IS NOT NULL AND m.state IN ('planned', 'claimed')",
    "a message is in a state that nobody knows": """
        m.state NOT IN ('planned', 'claimed', 'sending', 'accepted', 'blocked', 'missed', 'shadowed', 'failed',
        'unknown')""",
    "a message was claimed before it was planned": "m.claimed_at < m.planned_at - %(grace)s",
    "an intent came before its claim, or an end before its intent": """
        m.state = 'accepted' AND (m.intent_at < m.claimed_at OR m.ended_at < m.intent_at - %(grace)s)""",
    "a message counts below zero": "least(m.fence, m.attempts, m.crashes) < 0",
    "a message belongs to another contact than its enrollment": "m.contact_id <> e.contact_id",
    "a message is of another shop or flow than what it is about": """
        e.id IS NULL OR c.id IS NULL OR e.shop_id <> m.shop_id OR c.shop_id <> m.shop_id OR f.key <> m.flow_key""",
    "somebody left a flow and a mail of it was planned after that": """
        e.state = 'ended' AND m.planned_at > e.ended_at + %(grace)s""",
    "a mail was handed over to somebody who had been taken out of the flow, or erased": """
        m.state IN ('accepted', 'sending', 'unknown') AND e.state = 'ended'
        AND e.exit_reason IN ('taken_out', 'erased') AND m.claimed_at > e.ended_at + %(grace)s""",
}
MESSAGES = """
    mailflow_message m LEFT JOIN mailflow_enrollment e ON e.id = m.enrollment_id
    LEFT JOIN mailflow_contact c ON c.id = m.contact_id LEFT JOIN mailflow_flow f ON f.id = e.flow_id
    WHERE m.shop_id = %(shop)s"""

#: What must not be said of one enrollment ``e``, its flow ``f``, version ``v``, basket ``b`` and purchase ``p``.
OF_ENROLLMENTS: Mapping[str, str] = {
    "an enrollment is in a state that nobody knows": "e.state NOT IN ('active', 'ended')",
    "somebody left without a reason": "e.state = 'ended' AND e.exit_reason = ''",
    "somebody is in a flow and has no time at which to go on": "e.state = 'active' AND e.due_at IS NULL",
    "somebody is inside a flow and has left it": """
        e.state = 'active' AND (e.ended_at IS NOT NULL OR e.exit_reason <> '')""",
    "an enrollment is held for ever": """
        e.state = 'active' AND e.lease_until > clock_timestamp() + interval '1 day'""",
    "an enrollment is held that has ended": "e.state = 'ended' AND e.lease_until IS NOT NULL",
    "an enrollment counts below zero": "least(e.fence, e.crashes) < 0",
    "an enrollment is of another shop or flow than what it is about": """
        f.id IS NULL OR v.id IS NULL OR f.shop_id <> e.shop_id OR v.shop_id <> e.shop_id OR v.flow_key <> f.key
        OR b.shop_id <> e.shop_id OR p.shop_id <> e.shop_id""",
}
ENROLLMENTS = """
    mailflow_enrollment e LEFT JOIN mailflow_flow f ON f.id = e.flow_id
    LEFT JOIN mailflow_flowversion v ON v.id = e.version_id LEFT JOIN mailflow_basket b ON b.id = e.basket_id
    LEFT JOIN mailflow_purchase p ON p.id = e.purchase_id WHERE e.shop_id = %(shop)s"""

#: What must not be said of what one enrollment ``e`` did at one step, of which there is one run ``r`` each.
OF_STEPS: Mapping[str, str] = {
    "one step of one enrollment was taken twice": "r.runs > 1",
    "a step was taken after somebody had left": "e.state = 'ended' AND r.at > e.ended_at + %(grace)s",
}
STEPS = """
    (SELECT min(id) AS id, enrollment_id, max(at) AS at, count(*) AS runs FROM mailflow_steprun
        GROUP BY enrollment_id, step) r
    JOIN mailflow_enrollment e ON e.id = r.enrollment_id WHERE e.shop_id = %(shop)s"""

#: What must not be among several rows → a statement that returns the ids.
OF_ROWS: Mapping[str, str] = {
    "a message has no step run that planned it": """
        SELECT m.id FROM mailflow_message m WHERE m.shop_id = %(shop)s AND NOT EXISTS (
            SELECT 1 FROM mailflow_steprun r WHERE r.enrollment_id = m.enrollment_id AND r.step = m.step)
        AND m.planned_at >= (
            SELECT coalesce(max(w.value::timestamptz), '-infinity') FROM mailflow_watermark w
            WHERE w.shop_id = m.shop_id AND w.name = 'purged:decisions')""",
    # Constraints hold these, and fail where an index is broken: such as after an upgrade of the system's collations.
    "one step of one enrollment has two messages, or two messages one idempotency key": """
        SELECT min(id) FROM mailflow_message WHERE shop_id = %(shop)s GROUP BY enrollment_id, step HAVING count(*) > 1
        UNION ALL
        SELECT min(id) FROM mailflow_message WHERE shop_id = %(shop)s GROUP BY uuid HAVING count(*) > 1""",
    "one address is two contacts": """
        SELECT min(id) FROM mailflow_contact WHERE shop_id = %(shop)s GROUP BY email HAVING count(*) > 1""",
    "somebody entered a flow twice by one key": """
        SELECT min(id) FROM mailflow_enrollment WHERE shop_id = %(shop)s GROUP BY flow_id, key HAVING count(*) > 1""",
    "somebody is inside twice for one basket and activity": """
        SELECT min(id) FROM mailflow_enrollment WHERE shop_id = %(shop)s AND state = 'active'
        GROUP BY flow_id, basket_id HAVING count(*) > 1 AND basket_id IS NOT NULL""",
    "one provider id stands for two messages": """
        SELECT min(id) FROM mailflow_message WHERE shop_id = %(shop)s AND provider_message_id <> ''
        GROUP BY provider, provider_message_id HAVING count(*) > 1""",
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
