"""Two thousand bodies that no Saleor would send, each well signed: none is a traceback, and none is a server error."""

from __future__ import annotations

import json
from typing import Any

from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_mailflow.models import Event, Shop
from saleor_mailflow.testing.signing import SigningShop
from saleor_mailflow.webhooks.parse import snapshot_of
from saleor_mailflow.webhooks.views import saleor
from tests.recorded import body, kinds


def fuzz(examples: int) -> settings:
    """Return the settings of a test that tries ``examples`` bodies."""
    odd_is_slow = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=None, suppress_health_check=odd_is_slow)


ODD_TEXT = st.text(max_size=30) | st.sampled_from(
    ["\x00", "\ud800", "a\x00b", "\udfff\ud800", "A" * 5000, "9" * 400, "NaN", ""]
)
ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**300, max_value=10**301)
    | st.floats()
    | ODD_TEXT
    | st.builds(list)
    | st.builds(dict)
    | st.builds(lambda: [None, {}, [], "x"])
    | st.sampled_from(["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2090-01-01T00:00:00Z", "1e400"])
)
ANY = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ODD_TEXT, inner, max_size=4), max_leaves=15
)
TYPES = st.sampled_from(
    ["CheckoutUpdated", "OrderCreated", "CustomerDeleted", "FulfillmentCreated", "AccountConfirmed", "Odd", ""]
)


def check(sender: SigningShop, found: object) -> None:
    headers, raw = sender.post("checkout_updated", json.dumps(found).encode())
    answer = saleor(RequestFactory().post("/", raw, content_type="application/json", headers=headers))
    assert answer.status_code in (200, 400), answer.content
    if answer.status_code == 400:
        # Floats that JSON does not know, and nothing else that json.dumps can make of an object.
        assert not isinstance(found, dict) or b"NaN" in raw or b"Infinity" in raw
    else:
        event = Event.objects.latest("pk")
        snapshot_of(event.kind, event.payload)


@fuzz(700)
@given(found=ANY)
def test_any_json_at_all(shop: Shop, sender: SigningShop, found: object) -> None:
    check(sender, found)


@fuzz(500)
@given(
    kind=TYPES, inner=st.dictionaries(st.sampled_from(["checkout", "order", "user", "issuedAt", "fulfillment"]), ANY)
)
def test_events_with_anything_inside(shop: Shop, sender: SigningShop, kind: str, inner: dict[str, object]) -> None:
    check(sender, {"__typename": kind, **inner})


@fuzz(800)
@given(name=st.sampled_from(sorted(kinds())), data=st.data())
def test_real_bodies_with_anything_at_a_few_random_places(
    shop: Shop, sender: SigningShop, name: str, data: st.DataObject
) -> None:
    found = body(name)
    for _ in range(data.draw(st.integers(1, 4))):
        spoil(found, data)
    check(sender, found)


def spoil(found: Any, data: st.DataObject) -> None:
    """Walk down a random way and put something odd, or nothing, where it ends."""
    while True:
        names = list(found) if isinstance(found, dict) else range(len(found))
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        if isinstance(found[name], dict | list) and found[name] and data.draw(st.integers(0, 4)):
            found = found[name]
            continue
        if isinstance(found, dict) and data.draw(st.booleans()):
            del found[name]
        else:
            found[name] = data.draw(ODD)
        return
