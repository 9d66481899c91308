"""What must not have happened to people: each a statement that returns offending ids, as in ``invariants``.

Refuses to blame a mail for what was learned after it: an order or a word may be of yesterday and heard of today. Where
a row does not say when it was heard of, only such rows count as are written as they are said. ``%(at_once)s`` and
``%(most_a_week)s`` are AT_ONCE and MOST_A_WEEK.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from saleor_mailflow.audience.leaving import PREFERENCE_CENTRE, UNSUBSCRIBE_LINK
from saleor_mailflow.flows.limits import LIMITS

WEEK = timedelta(days=7)
#: Promotional mails that anybody may get in a week.
MOST_A_WEEK = max(limit.most for limits in LIMITS.values() for limit in limits if limit.window == WEEK)
#: Sources of a word that is written down the moment it is said.
AT_ONCE = (PREFERENCE_CENTRE, UNSUBSCRIBE_LINK)

#: What must not be → the ids that break it.
OF_PEOPLE: Mapping[str, str] = {
    "a cart mail was handed over after a purchase that was known before its claim": """
        SELECT m.id FROM mailflow_message m JOIN mailflow_enrollment e ON e.id = m.enrollment_id
        JOIN mailflow_basket b ON b.id = e.basket_id
        JOIN mailflow_purchase p ON p.shop_id = m.shop_id AND p.token = b.token AND p.token <> ''
        WHERE m.shop_id = %(shop)s AND m.state IN ('accepted', 'sending', 'unknown') AND p.counts
        AND p.learned_at < m.claimed_at - %(grace)s""",
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
    # Only orders of which nothing was heard since: what they say now they said then. Somebody who was moved to another
    # version may have been in one that an order did not end.
    "a mail was handed over after an order of theirs that ends the flow": """
        SELECT m.id FROM mailflow_message m JOIN mailflow_enrollment e ON e.id = m.enrollment_id
        JOIN mailflow_contact c ON c.id = m.contact_id JOIN mailflow_flowversion v ON v.id = e.version_id
        JOIN mailflow_purchase p ON p.shop_id = m.shop_id AND p.email = c.email AND p.email <> '' AND p.counts
            AND p.id IS DISTINCT FROM e.purchase_id
        WHERE m.shop_id = %(shop)s AND m.state IN ('accepted', 'sending', 'unknown')
        AND greatest(p.learned_at, p.updated_at) < m.claimed_at - %(grace)s
        AND p.created_at > coalesce((e.context ->> 'active_at')::timestamptz,
            (e.context ->> 'crossed_at')::timestamptz, e.entered_at)
        AND (e.context ? 'activity' OR v.definition -> 'ends' ? 'ordered' AND v.published_at <= e.entered_at)""",
    "a mail that needs a yes was handed over to somebody who never gave one": """
        SELECT m.id FROM mailflow_message m WHERE m.shop_id = %(shop)s AND m.state = 'accepted'
        AND m.purpose = 'marketing' AND m.detail ->> 'basis' = 'consent' AND NOT EXISTS (
            SELECT 1 FROM mailflow_consent c WHERE c.contact_id = m.contact_id AND c.state = 'granted')""",
    # A yes of any later time may be what the mail went by.
    "a mail was handed over after they had said no on our own page": """
        SELECT m.id FROM mailflow_consent w JOIN mailflow_message m ON m.contact_id = w.contact_id
        WHERE w.shop_id = %(shop)s AND w.state = 'withdrawn' AND w.source = ANY(%(at_once)s)
        AND w.topic IN ('marketing', m.topic) AND w.entity IN ('', m.entity) AND m.purpose = 'marketing'
        AND m.state IN ('accepted', 'sending', 'unknown') AND m.claimed_at > w.at + %(grace)s
        AND NOT EXISTS (SELECT 1 FROM mailflow_consent y WHERE y.contact_id = w.contact_id AND y.state = 'granted'
            AND y.at >= w.at)""",
    "more promotional mail left in a week than anybody may get": """
        SELECT id FROM (
            SELECT id, promotional, state, claimed_at - lag(claimed_at, %(most_a_week)s) OVER (
                PARTITION BY contact_id ORDER BY claimed_at, promotional, id) AS since
            FROM mailflow_message
            WHERE shop_id = %(shop)s AND purpose = 'marketing' AND state IN ('accepted', 'unknown')
        ) m WHERE promotional AND state = 'accepted' AND since < interval '7 days' - %(grace)s""",
    "somebody was erased and is still named (ids of contacts)": """
        SELECT c.id FROM mailflow_contact c WHERE c.shop_id = %(shop)s AND c.erased_at IS NOT NULL AND (
            c.email NOT LIKE 'erased:%%' OR c.first_name <> '' OR c.last_name <> '' OR c.user_ref <> ''
            OR c.birthday IS NOT NULL OR c.attributes <> '{}'
            OR EXISTS (SELECT 1 FROM mailflow_message m WHERE m.contact_id = c.id
                AND (m.subject <> '' OR m.html <> '' OR m.text <> ''))
            OR EXISTS (SELECT 1 FROM mailflow_basket b WHERE b.contact_id = c.id
                AND (b.email <> '' OR b.user_ref <> '' OR b.lines <> '[]'))
            OR EXISTS (SELECT 1 FROM mailflow_purchase p WHERE p.contact_id = c.id
                AND (p.email <> '' OR p.user_ref <> '')))""",
}
