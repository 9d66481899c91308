"""Statements of our own: prepared where that is safe, never behind a pooler, inside Django's transactions."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from saleor_mailflow import statements
from saleor_mailflow.models import Flow, FlowVersion, Shop
from saleor_mailflow.statements import Rows, array, is_direct, plan_anew, run
from saleor_mailflow.testing.world import World

pytestmark = pytest.mark.django_db


def prepared(text: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE position(%s IN statement) > 0", [text])
        return int(cursor.fetchone()[0])


def test_behind_a_pooler_nothing_is_prepared() -> None:
    name = f"it_{uuid4().hex}"
    assert is_direct(connection.connection)
    statements._direct[connection.connection] = False
    try:
        assert run(f"SELECT %s::int AS {name}", [7]).rows == [(7,)]
    finally:
        del statements._direct[connection.connection]
    assert prepared(name) == 0


def test_on_a_connection_of_our_own_a_statement_is_prepared_once_and_django_prepares_as_little_as_before() -> None:
    name, before = f"it_{uuid4().hex}", connection.connection.prepare_threshold
    for number in (1, 2, 3):
        assert run(f"SELECT %s::int AS {name}", [str(number)]).rows == [(number,)]
    assert prepared(name) == 1
    plan_anew()
    assert run(f"SELECT %s::int AS {name}", ["4"]).rows == [(4,)]
    assert connection.connection.prepare_threshold == before


def test_places_have_names_or_none_and_a_percent_sign_is_one() -> None:
    assert run("SELECT %(b)s::int, %(a)s::int, %(b)s::int %% 2", {"a": 1, "b": 5, "c": 9}).rows == [(5, 1, 1)]
    many = range(60)
    (row,) = run(f"SELECT {', '.join(['%s::int'] * len(many))}, 'a%%s'", [*many]).rows
    assert row == (*many, "a%s")


def test_what_is_written_belongs_to_the_transaction_and_an_error_is_djangos() -> None:
    World.begin()

    def rename_and_fail() -> None:
        assert run("UPDATE mailflow_shop SET domain = 'other.example' WHERE id > %s::bigint", ["0"]).touched == 1
        run("SELECT 1 / %s::int", ["0"])

    with pytest.raises(DataError), transaction.atomic():
        rename_and_fail()
    assert Shop.objects.get().domain == "northmill.example"


def test_rows_are_models_with_what_was_left_out_read_when_asked_for() -> None:
    world = World.begin()
    both = Rows(
        (Flow, "f", set()),
        (FlowVersion, "v", {"definition"}),
        source="mailflow_flow f JOIN mailflow_flowversion v ON v.id = f.version_id WHERE f.shop_id = %s::bigint",
    )
    (row,) = run(both.statement, [world.shop.pk]).rows
    flow, version = both.models(row)
    assert flow == Flow.objects.get()
    assert (flow.enabled_at, flow.mode) == (Flow.objects.get().enabled_at, "live")
    with CaptureQueriesContext(connection) as captured:
        assert version.definition == FlowVersion.objects.get().definition
    assert len(captured) == 2


def test_an_array_is_what_the_server_reads() -> None:
    assert run("SELECT %s::bigint[]", [array([1, None, 3])]).rows == [([1, None, 3],)]
    assert run("SELECT %s::bigint[]", [array([])]).rows == [([],)]
