"""A shop that is remembered: nothing gets in that the database would refuse, and what is due gets in all the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import RequestFactory

from saleor_mailflow.models import Event, Shop
from saleor_mailflow.testing.signing import SigningShop
from saleor_mailflow.webhooks import prepared
from saleor_mailflow.webhooks.prepared import Prepared
from saleor_mailflow.webhooks.verify import recall
from saleor_mailflow.webhooks.views import door
from tests.integration.webhooks.conftest import installed
from tests.recorded import body

pytestmark = pytest.mark.django_db(transaction=True)


class Stage:
    """A shop whose key was used once, so that it is remembered."""

    def __init__(self, sender: SigningShop) -> None:
        self.sender, self.number, self.asked = sender, 0, 0
        self.shop = installed(sender, jwks=sender.key_set())
        self.door = door(self.fetch)
        assert self.send() == (200, True)

    def fetch(self, api_url: str) -> dict[str, object]:
        self.asked += 1
        return self.sender.key_set()

    def body(self) -> dict[str, Any]:
        self.number += 1
        found = body("CHECKOUT_UPDATED")
        return {**found, "issuedAt": f"2026-11-21T10:00:{self.number:02}+00:00"}

    def send(self, sender: SigningShop | None = None, found: dict[str, Any] | None = None) -> tuple[int, bool]:
        """Return the status of a webhook and whether it made a row."""
        before = Event.objects.count()
        headers, raw = (sender or self.sender).post("checkout_updated", found or self.body())
        answer = self.door(RequestFactory().post("/", raw, content_type="application/json", headers=headers))
        return answer.status_code, Event.objects.count() == before + 1


@pytest.fixture
def stage(sender: SigningShop) -> Stage:
    return Stage(sender)


@pytest.fixture
def swift_runs(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """What the prepared statement answered, run by run."""
    monkeypatch.setattr(prepared, "_paused_until", 0.0)
    answers: list[int | None] = []
    run = Prepared.run

    def noted(self: Prepared, values: list[bytes]) -> int | None:
        answers.append(run(self, values))
        return answers[-1]

    monkeypatch.setattr(Prepared, "run", noted)
    return answers


# What must not get in.


def test_a_shop_that_was_removed_is_refused_from_that_moment_on(stage: Stage, swift_runs: list[int | None]) -> None:
    assert stage.send() == (200, True)
    Shop.objects.update(installed=False)
    assert [stage.send(), stage.send()] == [(401, False), (401, False)]
    Shop.objects.update(installed=True)
    assert stage.send() == (200, True)
    assert swift_runs == [1, 0, 0, 0]


def test_a_key_that_another_process_saw_go_is_refused_from_that_moment_on(stage: Stage) -> None:
    renewed = SigningShop(stage.sender.api_url)
    Shop.objects.update(jwks=renewed.key_set(), jwks_fetched_at=None)
    old, stage.sender = stage.sender, renewed
    assert stage.send(old) == (401, False)
    assert stage.send() == (200, True)
    assert stage.asked == 1


def test_a_forger_gains_nothing_by_a_remembered_shop(stage: Stage) -> None:
    thief = SigningShop(stage.sender.api_url)
    thief.kid = stage.sender.kid
    assert stage.send(thief) == (401, False)


def test_a_replay_of_what_is_remembered_makes_no_second_row(stage: Stage, swift_runs: list[int | None]) -> None:
    found = stage.body()
    assert [stage.send(found=found), stage.send(found=found)] == [(200, True), (200, False)]
    assert swift_runs == [1, 0]


def test_what_the_memory_holds_is_bounded(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from saleor_mailflow.webhooks import verify

    monkeypatch.setattr(verify, "_SEEN_AT_MOST", 3)
    for number in range(9):
        headers, raw = stage.sender.post("checkout_updated", stage.body())
        # Letter case does not count, so that one shop can be named in many ways.
        headers["Saleor-Api-Url"] = (
            f"https://{stage.sender.domain.upper()[:number]}{stage.sender.domain[number:]}/graphql"
        )
        stage.door(RequestFactory().post("/", raw, content_type="application/json", headers=headers))
        assert len(verify._seen) <= 3


# What must.


def test_the_quick_road_writes_what_the_ordinary_one_writes(stage: Stage, swift_runs: list[int | None]) -> None:
    quick, ordinary = stage.body(), stage.body()
    ordinary["checkout"] = {**ordinary["checkout"], "updatedAt": "2026-11-21T09:00:00+00:00"}
    quick["checkout"] = ordinary["checkout"]
    assert stage.send(found=quick) == (200, True)
    with transaction.atomic():
        assert stage.send(found=ordinary) == (200, True)
    assert swift_runs == [1, None]
    ordinary_row, quick_row = list(Event.objects.order_by("id"))[-2:][::-1]
    assert quick_row.occurred_at + timedelta(seconds=1) == ordinary_row.occurred_at
    for name in ("shop_id", "kind", "subject", "source", "generation", "processed_generation", "attempts", "parked"):
        assert getattr(quick_row, name) == getattr(ordinary_row, name), name
    for row in (quick_row, ordinary_row):
        assert row.payload is not None
        assert row.payload.pop("issuedAt") == row.occurred_at.isoformat()
    assert quick_row.payload == ordinary_row.payload


def test_an_event_without_payload_has_none_on_the_quick_road(stage: Stage, swift_runs: list[int | None]) -> None:
    assert stage.send(found={"__typename": "GiftCardSent", "giftCard": {"code": "S"}}) == (200, True)
    assert swift_runs == [1]
    assert Event.objects.filter(payload__isnull=True, kind="unknown:gift_card_sent").count() == 1


def test_a_line_that_broke_in_between_costs_nothing(stage: Stage, swift_runs: list[int | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    headers, raw = stage.sender.post("checkout_updated", stage.body())
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()
    answer = stage.door(RequestFactory().post("/", raw, content_type="application/json", headers=headers))
    assert answer.status_code == 200
    assert swift_runs == [None]
    assert Event.objects.count() == 2


def test_a_server_that_forgot_what_was_prepared_is_told_again(stage: Stage, swift_runs: list[int | None]) -> None:
    # A pooler hands this connection to somebody else in between, and another one back.
    assert stage.send() == (200, True)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert stage.send() == (200, True)
    assert swift_runs == [1, 1]


def test_what_cannot_be_recorded_is_sent_again_by_the_shop(stage: Stage, swift_runs: list[int | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE mailflow_event RENAME TO mailflow_event_away")
    try:
        headers, raw = stage.sender.post("checkout_updated", stage.body())
        answer = stage.door(RequestFactory().post("/", raw, content_type="application/json", headers=headers))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE mailflow_event_away RENAME TO mailflow_event")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert swift_runs == [None]
    assert stage.send() == (200, True)


def test_only_the_bytes_that_were_signed_are_recalled(stage: Stage) -> None:
    headers, raw = stage.sender.post("checkout_updated", stage.body())
    assert recall(headers, raw) is not None
    assert recall(headers, raw + b" ") is None
