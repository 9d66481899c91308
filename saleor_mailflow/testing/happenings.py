"""What may happen in a story to the one person it is about: carts, orders, clicks, refusals. No database, no clock.

Refuses to decide what follows from it: the flow's own engine and goals do. Each function here is also a word of the
stories written in YAML, with the same names for what it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from saleor_mailflow.flows.goals import BasketFacts, LifeFacts, OrderState


@dataclass(kw_only=True)
class Life:
    """What is true of the person at this moment of the story. Times are aware UTC."""

    now: datetime
    facts: dict[str, object] = field(default_factory=dict)
    facts_since: LifeFacts = field(default_factory=LifeFacts)
    basket: BasketFacts | None = None
    #: What happened, in order, with its time and the names under which a step may wait for it.
    events: list[tuple[datetime, str, frozenset[str]]] = field(default_factory=list)
    #: {send step: its template}, for mails that left.
    mails: dict[str, str] = field(default_factory=dict)
    orders: int = 0
    entered: bool = False

    def happen(self, kind: str, *of: str, own: bool = True) -> None:
        """Write down that something of a kind happened now; ``of`` are the names by which it is called."""
        names = {kind, *(f"{kind}:{one}" for one in of if one)}
        self.events.append((self.now, kind, frozenset(names | ({f"own {name}" for name in names} if own else set()))))

    def left(self, step: str) -> str:
        """Return the template of a mail that left. Raises AssertionError where the story never sent it."""
        assert step in self.mails, f"Nothing can happen to the mail {step!r}, which has not been sent at this point."
        return self.mails[step]


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One thing that happens: its word, and what it does to the person's life."""

    word: str
    happen: Callable[[Life], None]


def checkout(
    *,
    total: Decimal | int | str = 60,
    currency: str = "EUR",
    lines: int = 1,
    products: Sequence[str] = (),
    channel: str = "default-channel",
    voucher: bool = False,
) -> Happening:
    """Leave a cart with an address in it, worth ``total``."""

    def happen(life: Life) -> None:
        life.basket = BasketFacts(state="open", line_count=lines, activity=1, active_at=life.now)
        life.facts |= {
            f"basket.total:{currency}": Decimal(total),
            "basket.lines": lines,
            "basket.products": tuple(products),
            "basket.channel": channel,
            "basket.voucher": voucher,
        }
        _active(life)

    return Happening(word="checkout", happen=happen)


def activity() -> Happening:
    """Come back to the cart and change it, or fill one."""

    def happen(life: Life) -> None:
        if life.basket is not None:
            life.basket = replace(life.basket, activity=life.basket.activity + 1, active_at=life.now)
        _active(life)

    return Happening(word="activity", happen=happen)


def emptied() -> Happening:
    """Take everything out of the cart."""

    def happen(life: Life) -> None:
        assert life.basket is not None, "There is no cart that could be emptied; tell of a checkout first."
        life.basket = replace(life.basket, line_count=0)

    return Happening(word="emptied", happen=happen)


def order(
    *,
    total: Decimal | int | str = 60,
    currency: str = "EUR",
    lines: int = 1,
    products: Sequence[str] = (),
    channel: str = "default-channel",
    paid: bool = True,
    voucher: bool = False,
) -> Happening:
    """Order something: the order a flow is about where it begins with one, another one afterwards."""

    def happen(life: Life) -> None:
        life.orders += 1
        number = str(1000 + life.orders)
        if life.basket is not None:
            life.basket = replace(life.basket, state="converted", order=number)
        if life.entered:
            life.facts_since = replace(life.facts_since, ordered=life.facts_since.ordered or number)
            life.facts["since.ordered"] = True
        else:
            life.facts_since = replace(life.facts_since, order=OrderState(number=number, status="UNFULFILLED"))
            life.facts |= {
                f"order.total:{currency}": Decimal(total),
                "order.lines": lines,
                "order.products": tuple(products),
                "order.channel": channel,
                "order.paid": paid,
                "order.voucher": voucher,
                "order.first": not life.facts.get("contact.orders"),
            }
        known = life.facts.get("contact.orders")
        life.facts["contact.orders"] = (known if isinstance(known, int) else 0) + 1
        life.facts["contact.last_order"] = life.now
        life.facts.setdefault("contact.first_order", life.now)
        for kind in ("order.created", "order.confirmed", *(["order.paid"] if paid else [])):
            life.happen(kind, own=not life.entered)

    return Happening(word="order", happen=happen)


def fulfilled() -> Happening:
    """Get everything of the order."""
    return _order_becomes("fulfilled", "FULFILLED", "order.fulfilled")


def cancelled() -> Happening:
    """See the order cancelled."""
    return _order_becomes("cancelled", "CANCELED", "order.cancelled")


def returned() -> Happening:
    """Send something of the order back."""
    return _order_becomes("returned", "RETURNED", "order.returned")


def refunded() -> Happening:
    """Get money of the order back."""
    return _order_becomes("refunded", "", "order.refunded")


def click(*, mail: str, link: str = "") -> Happening:
    """Click in the mail of a step, on the link to an address where one is named."""

    def happen(life: Life) -> None:
        life.happen("mail.clicked", life.left(mail), mail)
        life.facts |= {f"mail.clicked:{mail}": True, "mail.clicked_any": True}
        if link:
            life.facts[f"mail.clicked_link:{mail} {link}"] = True
        life.facts_since = replace(life.facts_since, clicked_at=life.facts_since.clicked_at or life.now)

    return Happening(word="click", happen=happen)


def opened(*, mail: str) -> Happening:
    """Open the mail of a step, or have a program that does."""

    def happen(life: Life) -> None:
        life.happen("mail.opened", life.left(mail), mail)
        life.facts[f"mail.opened:{mail}"] = True

    return Happening(word="opened", happen=happen)


def unsubscribed() -> Happening:
    """Say no to marketing mail."""
    return _refused("unsubscribed")


def bounced() -> Happening:
    """Have a mailbox that does not exist any more."""
    return _refused("bounced")


def complained() -> Happening:
    """Call a mail spam."""
    return _refused("complained")


def erased() -> Happening:
    """Have the account deleted in the shop."""

    def happen(life: Life) -> None:
        life.facts_since = replace(life.facts_since, erased=True)
        life.basket = replace(life.basket, erased=True) if life.basket else None

    return Happening(word="erased", happen=happen)


def happened(*, event: str, of: str = "", own: bool = False) -> Happening:
    """Let anything else happen that a flow may begin with or wait for, such as ``custom`` of ``quiz.finished``."""
    return Happening(word="happened", happen=lambda life: life.happen(event, of, own=own))


def enters() -> Happening:
    """Cross into the flow, whatever it begins with: a birthday, a year without an order, a hand."""
    return Happening(word="enters", happen=lambda life: life.happen("enters"))


def _order_becomes(word: str, status: str, kind: str) -> Happening:
    def happen(life: Life) -> None:
        was = life.facts_since.order or OrderState(number="1001", status="UNFULFILLED")
        now = replace(was, status=status or was.status, refunded=was.refunded or word == "refunded")
        life.facts_since = replace(life.facts_since, order=now)
        life.facts["order.status"] = now.status
        life.happen(kind)

    return Happening(word=word, happen=happen)


def _refused(reason: str) -> Happening:
    def happen(life: Life) -> None:
        suppressed = (reason, life.now)
        life.facts_since = replace(life.facts_since, suppressed=suppressed)
        life.basket = replace(life.basket, suppressed=suppressed) if life.basket else None
        life.facts["contact.subscribed"] = False
        if reason != "unsubscribed":
            life.happen(f"mail.{reason}")
            life.facts[f"mail.{reason}"] = True

    return Happening(word=reason, happen=happen)


def _active(life: Life) -> None:
    life.facts["contact.last_active"] = life.now
    if life.entered:
        life.facts["since.active"] = True
        life.facts_since = replace(life.facts_since, active_at=life.now)


#: Every word by which something happens, for stories that are written down.
WORDS: Mapping[str, Callable[..., Happening]] = {
    word.__name__: word
    for word in (
        *(checkout, activity, emptied, order, fulfilled, cancelled, returned, refunded, click, opened),
        *(unsubscribed, bounced, complained, erased, happened, enters),
    )
}


def happening(word: str, values: Mapping[str, Any]) -> Happening:
    """Return what happens by its word. Raises ValueError naming the words there are, or what a word is told."""
    if word not in WORDS:
        raise ValueError(f"{word!r} is nothing that happens; what does is {', '.join(WORDS)}.")
    try:
        return WORDS[word](**values)
    except TypeError as error:
        told = ", ".join(name for name in WORDS[word].__annotations__ if name != "return") or "nothing"
        raise ValueError(f"{word} is told {told}; not {', '.join(values) or 'nothing'}.") from error
