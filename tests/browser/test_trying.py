"""A flow is tried on the shop's own past before anybody gets a mail of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from saleor_mailflow.models import Basket, Contact, Enrollment, Message
from tests.browser.conftest import Screens


def test_a_flow_is_tried_on_the_past_and_nothing_is_written(opened: Callable[..., Screens], shop: Any) -> None:
    """From its screen: how many would have entered and got mail, by day and by mail, and what that does not say."""
    now = datetime.now(UTC)
    for number, person in enumerate(Contact.objects.filter(shop=shop).order_by("id")):
        at = now - timedelta(days=3 + 2 * number)
        Basket.objects.create(
            shop=shop, contact=person, token=f"t{number}", channel="default-channel", currency="EUR",
            email=person.email, line_count=1, active_at=at, created_at=at, last_change=at, learned_at=at,
            considered_activity=1,
        )  # fmt: skip
    before = (Enrollment.objects.count(), Message.objects.count())
    window = opened("phone")
    page = window.open("/flows/abandoned_checkout")
    card = page.get_by_role("region", name="Tried on your past")
    card.get_by_role("button", name="Try it").click()
    card.get_by_text("Would have entered").wait_for()
    card.get_by_text("Most on one day").wait_for()
    said = card.locator("dl").first.inner_text()
    assert "Would have entered\n6" in said
    assert "Mails\n12" in said
    card.get_by_text("they are the most that would go out").wait_for()
    assert window.complaints() == []
    card.get_by_label("Over").select_option("7")
    card.get_by_role("button", name="Try it").click()
    card.get_by_text("Would have entered").wait_for()
    assert (Enrollment.objects.count(), Message.objects.count()) == before
    assert window.errors == []
