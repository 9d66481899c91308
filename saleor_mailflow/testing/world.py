"""A small world for stories: a shop in memory, a way out in memory, and a clock that goes where the story goes.

Refuses to go back in time. Part of the public API: write tests of your own flows with it (it needs a database).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from saleor_mailflow.flows.next_due import next_due
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.flows.tick import TickReport, run_tick
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.models import Enrollment, LinkKey, Message, Refusal, Shop
from saleor_mailflow.process.sweep import EVERY
from saleor_mailflow.testing.memory_shop import MemoryShop
from saleor_mailflow.testing.memory_transport import MemoryTransport

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SETTINGS = {
    "sender_name": "Northmill",
    "sender_email": "hello@northmill.example",
    "postal_address": "Northmill GmbH, Mühlweg 4, 10437 Berlin",
    "provider": "console",
    "storefront_links": {"*": "https://northmill.example/cart?checkout={checkout}"},
    "link_host": "https://mail.northmill.example",
}


@dataclass(kw_only=True)
class World:
    """One shop, its people and its mail, at a time that only the story moves."""

    shop: Shop
    people: MemoryShop = field(default_factory=MemoryShop)
    out: MemoryTransport = field(default_factory=MemoryTransport)
    now: datetime = START

    @classmethod
    def begin(cls, *, mode: str = "live", domain: str = "northmill.example", **settings: object) -> World:
        """Make a world with the abandoned-checkout flow in ``mode``. ``settings`` go over SETTINGS."""
        shop = Shop.objects.create(
            domain=domain, api_url=f"https://{domain}/graphql/", road=Shop.Road.APP, settings={**SETTINGS, **settings}
        )
        LinkKey.objects.create(shop=shop)
        world = cls(shop=shop)
        set_mode(shop, "abandoned_checkout", mode, at=START - timedelta(hours=1))
        return world

    def switch_on(self, *keys: str, mode: str = "live") -> World:
        """Switch flows of the catalogue on, an hour ago."""
        for key in keys:
            set_mode(self.shop, key, mode, at=self.now - timedelta(hours=1))
        return self

    def tick(self) -> TickReport:
        """Do what is due now."""
        return run_tick(self.shop.pk, self.now, gateway=self.people, transport_factory=lambda _: self.out, beat="test")

    def to(self, when: datetime | timedelta) -> World:
        """Go to a time (or on by a duration), doing on the way what is due on the way."""
        target = self.now + when if isinstance(when, timedelta) else when
        self.tick()
        # What the story changed a moment ago is seen by the next sweep at the latest.
        self.now = min(self.now + EVERY, target)
        self.tick()
        while (due := next_due(self.shop.pk, self.now)) is not None and due <= target:
            self.now = due if due > self.now else self.now + timedelta(seconds=1)
            if self.now > target:
                break
            self.tick()
        self.now = max(self.now, target)
        self.tick()
        return self

    def after(self, **duration: float) -> World:
        """Go on by ``hours=…``, ``minutes=…``, ``days=…``."""
        return self.to(timedelta(**duration))

    @property
    def mails(self) -> Collection[OutgoingMail]:
        """Return every mail that left, in order."""
        return self.out.sent

    def sent(self) -> list[tuple[str, str, timedelta]]:
        """Return (address, step, time since START) of every accepted message, in order."""
        rows = Message.objects.filter(shop=self.shop, state=Message.State.ACCEPTED).order_by("ended_at", "id")
        return [(m.contact.email, m.step, m.ended_at - START) for m in rows.select_related("contact") if m.ended_at]

    def blocked(self) -> list[tuple[str, str]]:
        """Return (step, reason) of every message that was not sent, in order."""
        ended = [Message.State.BLOCKED, Message.State.MISSED, Message.State.FAILED, Message.State.UNKNOWN]
        rows = Message.objects.filter(shop=self.shop, state__in=ended).order_by("ended_at", "id")
        return [(m.step, m.reason) for m in rows]

    def exits(self) -> list[str]:
        """Return why people left, in order."""
        rows = Enrollment.objects.filter(shop=self.shop, state=Enrollment.State.ENDED).order_by("ended_at", "id")
        return [row.exit_reason for row in rows]

    def refusals(self) -> list[str]:
        """Return why people did not enter, in order."""
        return list(Refusal.objects.filter(shop=self.shop).order_by("at", "id").values_list("reason", flat=True))
