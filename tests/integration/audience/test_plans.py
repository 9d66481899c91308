"""What is asked every few minutes, window by window or by a screen must not read all there is, however much it is."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.audience import quiet, rfm
from saleor_mailflow.flows.figures import figures
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.flows.triggers import QuietFor
from saleor_mailflow.graphql.filters import filter_messages, message_order
from saleor_mailflow.models import Message, Shop
from tests.integration.audience.people import NOW, People

pytestmark = pytest.mark.django_db

_MANY = """
INSERT INTO mailflow_contact (id, shop_id, email, user_ref, first_name, last_name, language, country, is_staff,
    first_seen_at, updated_at)
SELECT n, %(shop)s, n || '@example.com', '', '', '', '', '', false, now(), now() FROM generate_series(1, 20000) n;
INSERT INTO mailflow_profile (contact_id, shop_id, channel, orders, orders_12m, spent, spent_12m, last_order_id,
    lifecycle, vip_currency, stale, reckoned_at, gap_days, last_order_at)
SELECT n, %(shop)s, '', 3, 3, '{"EUR": "5"}', '{}', '', 'customer', '', false, now(), 1 + (n %% 300) / 2.0,
    %(now)s - n * interval '20 min'
FROM generate_series(1, 20000) n;
ANALYZE mailflow_contact, mailflow_profile;
"""


@pytest.fixture
def shop_id() -> int:
    people = People()
    with connection.cursor() as cursor:
        cursor.execute(_MANY, {"shop": people.shop.pk, "now": NOW})
    return int(people.shop.pk)


def plan(statement: str, values: dict[str, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}", values)
        return "\n".join(row[0] for row in cursor.fetchall())


def read_whole(explained: str) -> list[str]:
    """The lines that read one of the two full tables from end to end; an empty one beside them is read so rightly."""
    return [line for line in explained.splitlines() if re.search(r"Seq Scan on mailflow_(contact|profile)\b", line)]


def test_who_is_missed_is_found_in_the_index(shop_id: int) -> None:
    values = quiet._values(shop_id, QuietFor(), NOW - timedelta(minutes=5), NOW)
    assert read_whole(plan(quiet._FIND, {**values, "limit": 1000})) == []


def test_a_window_of_marks_reads_its_window(shop_id: int) -> None:
    lines = {"recency": [NOW], "frequency": [1], "currencies": ["EUR"], "amounts": [1]}
    assert read_whole(plan(rfm._MARKS, {"shop": shop_id, "after": 900, "upto": 1300, **lines})) == []


_MAILS = """
INSERT INTO mailflow_enrollment (id, shop_id, flow_id, version_id, contact_id, key, state, cursor, context, entered_at,
    exit_reason, ended_at, fence, crashes)
SELECT n, %(shop)s, f.id, f.version_id, n, 'k' || n, 'ended', '{}', '{}', %(now)s, '', %(now)s, 0, 0
FROM generate_series(1, 20000) n, mailflow_flow f WHERE f.shop_id = %(shop)s AND f.key = 'vip';
INSERT INTO mailflow_message (uuid, shop_id, enrollment_id, contact_id, flow_key, step, template, purpose, entity,
    state, reason, detail, planned_at, due_at, expires_at, fence, attempts, crashes, provider, provider_message_id,
    language, subject, html, text, clicked_at)
SELECT gen_random_uuid(), shop_id, id, contact_id, 'vip', 'inside', 't', 'marketing', '', 'accepted', '', '{}',
    t.at, t.at, t.at, 1, 1, 0, 'smtp', '', 'en', '', '', '', CASE WHEN id %% 40 = 1 THEN t.at END
FROM mailflow_enrollment, LATERAL (SELECT %(now)s - interval '400 d' * (1 - id / 20000.0) AS at) t ORDER BY id;
ANALYZE mailflow_message;
"""


@pytest.mark.breaks_the_ledger
def test_what_screens_ask_of_a_month_reads_no_year_of_mails(shop_id: int) -> None:
    shop = Shop.objects.get(pk=shop_id)
    set_mode(shop, "vip", "off", at=NOW)
    with connection.cursor() as cursor:
        cursor.execute(_MAILS, {"shop": shop_id, "now": NOW})
    with CaptureQueriesContext(connection) as asked:
        assert figures(shop_id, since=NOW - timedelta(days=30))["vip"].sent == 1500
        list(filter_messages(Message.objects.filter(shop=shop), {}).order_by(*message_order({}))[:51])
    plans = [plan(query["sql"].replace("%", "%%"), {}) for query in asked.captured_queries]
    assert len(plans) == 4
    assert [line for one in plans for line in one.splitlines() if "Seq Scan on mailflow_message" in line] == []
