"""A shop and its people, put there row by row: what they bought, filled, clicked and said. Refuses to send anything."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from saleor_mailflow.audience.profiles import reckon, shop_zone
from saleor_mailflow.models import (
    Basket,
    Consent,
    Contact,
    Enrollment,
    Message,
    Profile,
    Purchase,
    PurchaseLine,
    StepRun,
)
from saleor_mailflow.models.product import Product
from saleor_mailflow.testing.world import START, World

DAY = timedelta(days=1)
NOW = START


class People:
    """A shop, and shorthand to put people and their past into it."""

    def __init__(self, domain: str = "northmill.example", **settings: object) -> None:
        self.world = World.begin(domain=domain, **settings)
        self.shop = self.world.shop
        self._count = itertools.count(1)

    def person(self, name: str = "", *, known: float = 400, **more: Any) -> Contact:
        """Return somebody who has been known for so many days."""
        name = name or f"p{next(self._count)}"
        fields = {"first_seen_at": NOW - known * DAY, "updated_at": NOW - known * DAY, **more}
        return Contact.objects.create(shop=self.shop, email=f"{name}@example.com", **fields)

    def order(self, contact: Contact, days_ago: float, total: object = 50, **more: Any) -> Purchase:
        """Return an order of so many days ago."""
        at = NOW - days_ago * DAY
        fields = {
            "channel": "c",
            "currency": "EUR",
            "status": "FULFILLED",
            "created_at": at,
            "updated_at": at,
            "learned_at": at,
            **more,
        }
        products = fields.pop("products", ())
        purchase = Purchase.objects.create(
            shop=self.shop, order_id=str(uuid.uuid4()), contact=contact, total=Decimal(str(total)), **fields
        )
        PurchaseLine.objects.bulk_create(
            PurchaseLine(
                purchase=purchase,
                variant_ref=f"v-{product}",
                product_ref=product,
                quantity=1,
                unit_price=1,
                total_price=1,
            )
            for product in products
        )
        Product.objects.bulk_create(
            [
                Product(shop=self.shop, ref=product, category_ref=f"of-{product}", first_seen_at=at)
                for product in products
            ],
            ignore_conflicts=True,
        )
        return purchase

    def basket(self, contact: Contact, days_ago: float, **more: Any) -> Basket:
        """Return a cart that was last touched so many days ago."""
        at = NOW - days_ago * DAY
        fields = {"channel": "c", "currency": "EUR", "active_at": at, "created_at": at, "last_change": at, **more}
        return Basket.objects.create(shop=self.shop, token=str(uuid.uuid4()), contact=contact, learned_at=at, **fields)

    def says(self, contact: Contact, state: str, days_ago: float, **more: Any) -> Consent:
        """Append a word about mail."""
        at = NOW - days_ago * DAY
        return Consent.objects.create(shop=self.shop, contact=contact, state=state, source="form", at=at, **more)

    def inside(self, contact: Contact, days_ago: float = 1, **more: Any) -> Enrollment:
        """Put somebody into the flow of left carts."""
        from saleor_mailflow.models import Flow

        flow = Flow.objects.get(shop=self.shop, key="abandoned_checkout")
        fields = {"key": uuid.uuid4().hex, "due_at": NOW + DAY, **more}
        return Enrollment.objects.create(
            shop=self.shop,
            flow=flow,
            version=flow.version,
            contact=contact,
            entered_at=NOW - days_ago * DAY,
            **fields,
        )

    def mail(self, inside: Enrollment, step: str = "s", *, days_ago: float = 1, **more: Any) -> Message:
        """Return a mail of a step that left so many days ago."""
        at = NOW - days_ago * DAY
        StepRun.objects.create(enrollment=inside, step=step, outcome="send", at=at)
        fields = {"state": "accepted", "purpose": "marketing", "template": "t", "flow_key": "f", "ended_at": at, **more}
        return Message.objects.create(
            shop=self.shop,
            enrollment=inside,
            contact_id=inside.contact_id,
            step=step,
            planned_at=at,
            claimed_at=at,
            intent_at=at,
            due_at=at,
            expires_at=at + DAY,
            **fields,
        )

    def reckon(self, *, now: datetime = NOW) -> None:
        """Reckon everybody."""
        ids = list(Contact.objects.filter(shop=self.shop).values_list("id", flat=True))
        reckon(self.shop.pk, ids, now=now, zone=shop_zone(self.shop))

    def profile(self, contact: Contact, *, now: datetime = NOW) -> Profile:
        """Reckon everybody and return one person's profile."""
        self.reckon(now=now)
        return Profile.objects.get(contact=contact)
