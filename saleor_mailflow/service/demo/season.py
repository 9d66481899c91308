"""After the recorded day the clock goes on for a season, with more people, so that every flow writes to somebody.

Refuses to touch the day: it begins the second morning after it, with a shop in memory that can be asked for codes and
goods, which recorded webhooks cannot.
"""

from __future__ import annotations

import http.client
import re
from datetime import timedelta
from email import message_from_bytes, policy
from urllib.parse import urlsplit

from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.messages.offer_book import save_offer
from saleor_mailflow.models import Brand, Flow
from saleor_mailflow.process.backfill import backfill
from saleor_mailflow.process.sweep import EVERY
from saleor_mailflow.service.demo.neighbours import Neighbourhood
from saleor_mailflow.service.demo.player import Progress, run_until
from saleor_mailflow.service.demo.scene import HOST, Stage
from saleor_mailflow.shop.settings import settings_of

#: How long the clock goes on after the day.
LENGTH = timedelta(days=40)
#: What each offer takes off, in percent, by the key that the catalogue's coupon steps name.
OFFERS = {"cart": 10, "first_order": 15, "next_order": 10, "win_back": 20, "birthday": 15, "vip": 25}
#: What the merchant of the demo says of the shop.
LOOK = {
    "brand": {"accent": "#1f5f4a", "font": "palatino"},
    "review_url": "https://demo-shop.example/review/{product_slug}",
    "product_url": "https://demo-shop.example/products/{slug}",
    "story": "We are four people and a small workshop. What we sell is made to be mended, and we mend it.",
    "promises": ["Sent within two days", "30 days to change your mind"],
}
#: A link of ours that leads on: to a page, or back to a cart.
_LINK = re.compile(r"http://[^/\s]+/[lr]/[\w-]+")
#: Whoever names no browser is taken for a machine, and counts nothing.
_BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


def play_season(stage: Stage, progress: Progress) -> None:
    """Switch on every flow and let a season pass."""
    stage.day_over_at = stage.clock.now()
    began = (stage.clock.now() + timedelta(days=2)).replace(hour=8, minute=0, second=0, microsecond=0)
    stage.clock.set(began)
    street = Neighbourhood(shop=stage.shop, begins=began, follow=lambda email: _follow(stage, email))
    _set_up(stage, street)
    street.remember()
    backfill(
        stage.shop,
        gateway=street.till,
        consent_key=settings_of(stage.shop).consent_key,
        now=began,
        progress=lambda *_: None,
    )
    street.takes_over()
    for after, act in sorted(street.season(), key=lambda one: one[0]):
        run_until(stage, began + after, progress, gateway=street.till)
        stage.clock.set(began + after)
        act(began + after)
        # No webhook tells of it: the sweep finds it.
        stage.clock.set(began + after + EVERY)
    run_until(stage, began + LENGTH, progress, gateway=street.till)
    progress.happened(progress)


def _set_up(stage: Stage, street: Neighbourhood) -> None:
    now = stage.clock.now()
    Brand.objects.create(shop=stage.shop, values=LOOK, updated_at=now)
    for key, percent in OFFERS.items():
        voucher = street.till.voucher(f"{percent} percent for {key.replace('_', ' ')}", value=str(percent))
        save_offer(stage.shop, key, name=f"{percent} % off", vouchers=[voucher], actor="the demo", at=now)
    for key in CATALOG:
        set_mode(stage.shop, key, Flow.Mode.LIVE, at=now)


def _follow(stage: Stage, email: str) -> bool:
    """Open the first link of the latest mail to ``email``, as a browser would; tell whether it led on."""
    found = ""
    for mail in stage.sink.taken:
        message = message_from_bytes(mail.raw, policy=policy.default)
        text = message.get_body(("plain",))
        link = _LINK.search(text.get_content()) if text is not None and email in str(message["To"]) else None
        found = link.group() if link is not None else found
    line = http.client.HTTPConnection(HOST, stage.port, timeout=30)
    try:
        line.request("GET", urlsplit(found).path, headers=_BROWSER)
        return line.getresponse().status == 302
    finally:
        line.close()
