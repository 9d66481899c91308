"""From a body to a fact: names, subjects, times, keys and snapshots, and all that may be missing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from saleor_mailflow.shop.snapshots import CheckoutSnapshot, CustomerSnapshot, OrderSnapshot, PaymentState
from saleor_mailflow.webhooks.body import read_body
from saleor_mailflow.webhooks.parse import ParsedEvent, parse, snapshot_of
from tests.recorded import body, day, kinds

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)


def read(found: dict[str, Any] | bytes, event: str = "", now: datetime = NOW) -> ParsedEvent:
    raw = found if isinstance(found, bytes) else json.dumps(found).encode()
    return parse(read_body(raw), event_name=event, raw=raw, now=now)


def checkout(**changes: Any) -> ParsedEvent:
    found = body("CHECKOUT_UPDATED")
    found["checkout"].update(changes)
    return read(found)


def checkout_snapshot(**changes: Any) -> CheckoutSnapshot:
    snapshot = checkout(**changes).snapshot
    assert isinstance(snapshot, CheckoutSnapshot)
    return snapshot


# What must not happen.


@pytest.mark.parametrize("name", sorted(kinds()))
def test_no_secret_is_kept(name: str) -> None:
    kept = json.dumps(read(kinds()[name][1]).payload)
    secret = body(name).get("token")
    assert "redirectUrl" not in kept
    assert "privateMetadata" not in kept
    assert secret is None or secret not in kept


def test_a_clock_that_runs_ahead_postpones_nothing() -> None:
    found = body("CHECKOUT_UPDATED")
    found["issuedAt"] = found["checkout"]["updatedAt"] = "2031-01-01T00:00:00+00:00"
    fact = read(found)
    assert fact.occurred_at == NOW
    assert isinstance(fact.snapshot, CheckoutSnapshot)
    assert fact.snapshot.last_change == NOW
    # The same webhook again, an hour later, is still the same fact.
    assert read(found, now=NOW + timedelta(hours=1)).dedupe_key == fact.dedupe_key


def test_a_clock_a_little_ahead_is_believed() -> None:
    found = body("CHECKOUT_UPDATED")
    found["issuedAt"] = (NOW + timedelta(minutes=4)).isoformat()
    assert read(found).occurred_at == NOW + timedelta(minutes=4)


@pytest.mark.parametrize("lines", [None, "x", {}, [None], [{}], [{"quantity": 0, "variant": {"id": "x"}}]])
def test_lines_that_cannot_be_read_are_not_an_emptied_basket(lines: object) -> None:
    fact = checkout(lines=lines)
    assert fact.snapshot is None
    assert fact.subject


def test_an_emptied_basket_is_one() -> None:
    assert checkout_snapshot(lines=[]).lines == ()


def test_the_header_cannot_rename_what_was_signed() -> None:
    assert read(body("CUSTOMER_UPDATED"), "customer_deleted").kind == "customer.updated"
    assert read(body("CHECKOUT_UPDATED"), "order_created").kind == "checkout.updated"


def test_before_3_23_a_deleted_customer_is_signed_as_an_updated_one() -> None:
    found = body("CUSTOMER_UPDATED") | {"version": "3.22.67"}
    assert read(found, "customer_deleted").kind == "customer.deleted"
    assert read(found, "customer_updated").kind == "customer.updated"


def test_two_changes_in_one_request_are_two_facts() -> None:
    first = checkout(updatedAt="2026-11-21T20:58:28.306167+00:00")
    second = checkout(updatedAt="2026-11-21T20:58:28.406167+00:00")
    assert first.occurred_at == second.occurred_at
    assert first.dedupe_key != second.dedupe_key


# What must.


def test_every_kind_has_its_name_and_its_subject() -> None:
    facts = {name: read(raw, headers["Saleor-Event"]) for name, (headers, raw) in kinds().items()}
    assert {name: fact.kind for name, fact in facts.items()} == {
        "ACCOUNT_CONFIRMATION_REQUESTED": "account.confirmation_requested",
        "ACCOUNT_CONFIRMED": "account.confirmed",
        "ACCOUNT_DELETED": "account.deleted",
        "ACCOUNT_DELETE_REQUESTED": "account.delete_requested",
        "ACCOUNT_SET_PASSWORD_REQUESTED": "account.set_password_requested",
        "CHECKOUT_CREATED": "checkout.created",
        "CHECKOUT_FULLY_PAID": "checkout.fully_paid",
        "CHECKOUT_METADATA_UPDATED": "checkout.metadata_updated",
        "CHECKOUT_UPDATED": "checkout.updated",
        "CUSTOMER_CREATED": "customer.created",
        "CUSTOMER_DELETED": "customer.deleted",
        "CUSTOMER_METADATA_UPDATED": "customer.metadata_updated",
        "CUSTOMER_UPDATED": "customer.updated",
        "DRAFT_ORDER_CREATED": "draft_order.created",
        "FULFILLMENT_CREATED": "fulfillment.created",
        "FULFILLMENT_TRACKING_NUMBER_UPDATED": "fulfillment.tracking_updated",
        "ORDER_CANCELLED": "order.cancelled",
        "ORDER_CONFIRMED": "order.confirmed",
        "ORDER_CREATED": "order.created",
        "ORDER_FULFILLED": "order.fulfilled",
        "ORDER_FULLY_PAID": "order.fully_paid",
        "ORDER_FULLY_REFUNDED": "order.fully_refunded",
        "ORDER_METADATA_UPDATED": "order.metadata_updated",
        "ORDER_PAID": "order.paid",
        "ORDER_REFUNDED": "order.refunded",
        "ORDER_UPDATED": "order.updated",
        "PRODUCT_VARIANT_BACK_IN_STOCK": "product_variant.back_in_stock",
        "PRODUCT_VARIANT_OUT_OF_STOCK": "product_variant.out_of_stock",
        "PRODUCT_VARIANT_STOCK_UPDATED": "product_variant.stock_updated",
    }
    assert all(fact.subject for fact in facts.values())
    order = "13794077-0dcb-468b-bf4c-896684659232"
    assert facts["ORDER_CREATED"].dedupe_key == f"order.created:{order}"
    assert facts["ORDER_CONFIRMED"].dedupe_key == f"order.confirmed:{order}"
    assert facts["ORDER_UPDATED"].dedupe_key.startswith(f"order.updated:{order}:2026-11-21T20:58:48.109881+00:00")
    assert facts["FULFILLMENT_CREATED"].dedupe_key == "fulfillment.created:RnVsZmlsbG1lbnQ6MTI="
    assert facts["FULFILLMENT_CREATED"].subject == order
    assert facts["CUSTOMER_DELETED"].dedupe_key == "customer.deleted:VXNlcjo1MA=="


def test_both_forms_of_subscription_say_the_same() -> None:
    found = body("ORDER_CREATED")
    inner = {"data": {"orderCreated": found}}
    assert read(inner, "order_created").dedupe_key == read(found).dedupe_key
    del found["__typename"]
    assert read({"data": {"orderCreated": found}}).kind == "order.created"
    assert read({"data": None, "errors": [{"message": "no"}]}, "order_created").kind == "order.created"


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("gift_card_sent", "unknown:gift_card_sent"),
        ("", "unknown:unnamed"),
        ("x' ;--", "unknown:unnamed"),
        ("A" * 99, "unknown:unnamed"),
    ],
)
def test_an_unknown_event_is_recorded_without_its_content(event: str, kind: str) -> None:
    fact = read({"giftCard": {"code": "SECRET"}}, event)
    assert (fact.kind, fact.subject, fact.snapshot, fact.payload) == (kind, "", None, None)
    assert len(fact.kind) <= 60


@pytest.mark.parametrize("missing", [None, {}, [], "x", {"id": "not an id", "token": "nor a token", "lines": []}])
def test_a_checkout_that_is_not_there_is_a_fact_without_subject(missing: object) -> None:
    found = body("CHECKOUT_UPDATED") | {"checkout": missing}
    fact = read(found)
    assert (fact.kind, fact.subject, fact.snapshot) == ("checkout.updated", "", None)
    assert fact.dedupe_key == read(found).dedupe_key
    assert fact.dedupe_key != read(found | {"version": "3.23.29"}).dedupe_key


def test_a_checkout_as_it_was_recorded() -> None:
    fact = read(next(w.raw for w in day().webhooks if w.name.startswith("009_")))
    found = fact.snapshot
    assert isinstance(found, CheckoutSnapshot)
    assert (found.token, found.channel, found.currency) == (fact.subject, "default-channel", "USD")
    assert (found.email, found.first_name, found.last_name) == ("carla.486@example.com", "Zoë", "O'Brien-Müller")
    assert (found.language, found.country, found.user_ref, found.total) == ("en-us", "US", "", Decimal("60.0"))
    assert [(line.product_name, line.variant_name, line.quantity, line.total_price) for line in found.lines] == [
        ("Monospace Tee", "L", 1, Decimal("20.0")),
        ("Monospace Tee", "XL", 2, Decimal("40.0")),
    ]
    assert found.lines[0].image_url.endswith("_thumbnail_256.png")
    assert found.payment is PaymentState.NONE


def test_an_account_of_a_checkout() -> None:
    found = read(next(w.raw for w in day().webhooks if w.name.startswith("003_"))).snapshot
    assert isinstance(found, CheckoutSnapshot)
    assert (found.user_ref, found.language, found.user_metadata["newsletter"]) == ("VXNlcjo1Ng==", "de", "yes")
    assert not found.user_is_staff


def test_an_order_as_it_was_recorded() -> None:
    found = read(kinds()["FULFILLMENT_CREATED"][1]).snapshot
    assert isinstance(found, OrderSnapshot)
    assert (found.token, found.paid, found.status) == ("20d742ec-2217-45af-9377-9f19c51b3cc2", True, "FULFILLED")
    assert found.counts_as_purchase
    assert read(kinds()["FULFILLMENT_TRACKING_NUMBER_UPDATED"][1]).snapshot is None


def test_a_customer_as_it_was_recorded() -> None:
    found = read(kinds()["CUSTOMER_UPDATED"][1]).snapshot
    assert isinstance(found, CustomerSnapshot)
    assert (found.user_ref, found.is_staff, found.language) == ("VXNlcjo0OQ==", False, "de")


@pytest.mark.parametrize(
    ("charged", "authorised", "state"),
    [
        ("NONE", "NONE", "none"),
        ("FULL", "FULL", "paid"),
        ("OVERCHARGED", "NONE", "paid"),
        ("NONE", "FULL", "authorized"),
        ("PARTIAL", "FULL", "authorized"),
        ("PARTIAL", "PARTIAL", "pending"),
        ("NONE", "PARTIAL", "pending"),
        (None, None, "none"),
    ],
)
def test_how_far_the_money_has_come(charged: object, authorised: object, state: str) -> None:
    assert checkout_snapshot(chargeStatus=charged, authorizeStatus=authorised).payment == state


def test_the_country_is_looked_for_from_the_parcel_to_the_channel() -> None:
    place = lambda code: {"country": {"code": code}}  # noqa: E731 - a table of one-letter differences
    user = {"id": "VXNlcjox", "defaultShippingAddress": place("FR"), "defaultBillingAddress": place("IT")}
    channel = {"slug": "c", "currencyCode": "EUR", "defaultCountry": {"code": "NL"}}
    changes: dict[str, Any] = {
        "shippingAddress": place("DE"),
        "billingAddress": place("AT"),
        "user": user,
        "channel": channel,
    }
    for expected, gone in (("DE", "shippingAddress"), ("AT", "billingAddress"), ("FR", "user")):
        assert checkout_snapshot(**changes).country == expected
        changes[gone] = None
    assert checkout_snapshot(**changes).country == "NL"
    assert checkout_snapshot(**(changes | {"channel": None})).country == ""


def test_what_is_stored_gives_the_same_snapshot_later() -> None:
    for name, (_, raw) in kinds().items():
        fact = read(raw)
        stored = json.loads(json.dumps(fact.payload, allow_nan=False))
        assert snapshot_of(fact.kind, stored) == fact.snapshot, name
    assert snapshot_of("order.created", None) is None
    assert snapshot_of("unknown:x", {"issuedAt": "2026-11-21T20:58:48Z"}) is None


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_single_value_of_a_real_body_may_be_null_or_missing(name: str) -> None:
    whole = body(name)
    for way in ways(whole):
        inner: Any = whole
        for step in way[:-1]:
            inner = inner[step]
        kept = inner[way[-1]]
        for change in ("null", "missing"):
            inner[way[-1]] = None
            if change == "missing" and isinstance(inner, dict):
                del inner[way[-1]]
            fact = parse(whole, event_name="", raw=json.dumps(whole).encode(), now=NOW)
            assert snapshot_of(fact.kind, fact.payload) == fact.snapshot
            inner[way[-1]] = kept


def ways(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return every way down a JSON value, of lists only the first element's."""
    steps = list(value) if isinstance(value, dict) else [0] if isinstance(value, list) and value else []
    found = []
    for step in steps:
        found += [(*so_far, step), *ways(value[step], (*so_far, step))]
    return found
