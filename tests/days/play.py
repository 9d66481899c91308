"""Play a built day at our own door's inner side, fast: receive, tick, and on until nobody waits for anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count as numbers

from django.test import Client

from saleor_mailflow import clock
from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.flows.next_due import next_due
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.flows.tick import run_tick
from saleor_mailflow.models import Enrollment, LinkKey, Message, Shop
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.days import Told
from saleor_mailflow.testing.memory_transport import MemoryTransport
from saleor_mailflow.testing.signing import SigningShop
from saleor_mailflow.testing.world import SETTINGS
from saleor_mailflow.webhooks.intake import receive
from tests.days.oracle import Deed

_shops = numbers(1)


@dataclass
class Came:
    """What came of a day."""

    shop: Shop
    mails: list[tuple[str, str, datetime]]
    kept: list[tuple[str, str, str]]
    exits: Counter[str]
    entered: int


def play(
    told: Sequence[Told],
    *,
    unsubscribes: Collection[Deed] = (),
    delays: Sequence[timedelta] = (),
    on: datetime,
    door: SigningShop | None = None,
) -> tuple[Came, MemoryTransport]:
    """Live through a day; ``delays`` say how late each webhook is. The flow is switched on at ``on``.

    Where ``door`` is the shop that signs, webhooks come over HTTP and are judged; without, signatures are believed.
    """
    shop = _open_shop(door)
    set_mode(shop, "abandoned_checkout", "live", at=on)
    out = MemoryTransport()
    late = list(delays) or [timedelta(0)] * len(told)
    waiting: list[tuple[datetime, int, Told | Deed]] = [
        (one.at + delay, index, one) for index, (one, delay) in enumerate(zip(told, late, strict=True))
    ]
    waiting += [(deed.at, len(told) + index, deed) for index, deed in enumerate(unsubscribes)]
    waiting.sort(key=lambda one: one[:2])
    frozen = clock.FrozenClock(on)
    clock.install(frozen)
    now = on
    try:
        while True:
            due = next_due(shop.pk, now)
            stops = [at for at in (due, waiting[0][0] if waiting else None) if at is not None]
            if not stops:
                break
            now = max(now, min(stops))
            frozen.set(now)
            while waiting and waiting[0][0] <= now:
                _, _, one = waiting.pop(0)
                if isinstance(one, Told) and door is not None:
                    knock(one)
                elif isinstance(one, Told):
                    receive(shop, one.event, one.raw, now)
                else:
                    unsubscribe(out, str(one.about))
            run_tick(shop.pk, now, gateway=PayloadShop(), transport_factory=lambda _: out, beat="test")
    finally:
        clock.install(clock.SystemClock())
    return came(shop, out), out


def _open_shop(door: SigningShop | None) -> Shop:
    domain = f"shop{next(_shops)}.example.com" if door is None else door.domain
    api_url = f"https://{domain}/graphql/" if door is None else door.api_url
    keys = {} if door is None else door.key_set()
    shop = Shop.objects.create(domain=domain, api_url=api_url, road="app", settings=SETTINGS, jwks=keys)
    LinkKey.objects.create(shop=shop)
    return shop


def knock(told: Told) -> None:
    """Deliver a webhook over HTTP. Whatever it is, the answer is a sentence and never a server's error."""
    answer = Client().post("/webhooks/saleor/", told.raw, content_type="application/json", headers=dict(told.headers))
    assert answer.status_code in (200, 400, 401, 413), (told.event, answer.status_code, answer.content)
    assert isinstance(answer.json(), dict)


def unsubscribe(out: MemoryTransport, email: str) -> None:
    """Post to the link in the last mail that ``email`` got, as a mail program does (RFC 8058)."""
    mail = next((mail for mail in reversed(out.sent) if normalise(mail.to_email) == email), None)
    if mail is None:
        return
    link = mail.headers["List-Unsubscribe"].strip("<>")
    path = link.removeprefix("https://mail.northmill.example")
    answer = Client().post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200, answer.content


def came(shop: Shop, out: MemoryTransport) -> Came:
    """Read what came of a day: mails as the way out saw them, the rest from the ledger."""
    messages = Message.objects.filter(shop=shop).select_related("contact", "enrollment").order_by("ended_at", "id")
    by_uuid = {message.uuid: message for message in messages}
    assert len(by_uuid) == len(messages)
    mails = [(mail.to_email, by_uuid[mail.uuid].step, by_uuid[mail.uuid].ended_at) for mail in out.sent]
    kept = [(m.contact.email, m.step, m.reason) for m in messages if m.state != Message.State.ACCEPTED]
    ended = Enrollment.objects.filter(shop=shop)
    assert not ended.filter(state="active").exists()
    return Came(
        shop=shop,
        mails=mails,  # type: ignore[arg-type]  # accepted ones have an end
        kept=kept,
        exits=Counter(ended.values_list("exit_reason", flat=True)),
        entered=ended.count(),
    )
