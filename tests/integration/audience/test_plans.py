"""What is asked every few minutes or window by window must not read every profile there is, however many there are."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from saleor_mailflow.audience import quiet, rfm
from saleor_mailflow.flows.triggers import QuietFor
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
