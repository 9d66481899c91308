"""Write docs/flows, a page for each flow of the catalogue, from the flows themselves: ``python tools/flow_pages.py``.

Refuses to say anything of a flow that its definition does not hold. Run it after changing one; a test tells when the
pages are out of date.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_mailflow.service.settings")

from saleor_mailflow.flows.catalog import CATALOG  # noqa: E402 - the package lies beside this file's folder
from saleor_mailflow.flows.conditions import Condition  # noqa: E402
from saleor_mailflow.flows.definition import Flow, Reentry  # noqa: E402
from saleor_mailflow.flows.ending import Ending  # noqa: E402
from saleor_mailflow.flows.kinds import MailKind  # noqa: E402
from saleor_mailflow.flows.saying import condition_words, duration_words, value_words  # noqa: E402
from saleor_mailflow.flows.steps import (  # noqa: E402
    Anchor,
    Branch,
    Coupon,
    Exit,
    Send,
    Split,
    Step,
    Tag,
    Wait,
    WaitFor,
    walk,
)
from saleor_mailflow.flows.triggers import Happened, IdleBasket, OnDate, QuietFor, Threshold, Trigger  # noqa: E402
from saleor_mailflow.messages.gallery import rendered_example  # noqa: E402
from saleor_mailflow.messages.registry import registered  # noqa: E402

FOLDER = ROOT / "docs" / "flows"
PICTURES = "../pictures/flows"
#: Ours, in the order in which somebody meets them; those that other packages bring have pages of their own.
KEYS = ("abandoned_checkout", "welcome", "thank_you", "upsell", "review_request", "win_back", "birthday", "vip")

_EVENTS: Mapping[str, str] = {
    "consent.granted": "they say yes to mail, for the first time",
    "order.confirmed": "an order of theirs is confirmed (by Saleor once there is a payment, or by staff)",
    "order.fulfilled": "everything of an order is sent",
}
_ENDINGS: Mapping[Ending, str] = {
    Ending.ORDERED: "they order",
    Ending.OPEN_ORDER: "an order of theirs is still under way",
    Ending.REFUNDED: "money of the order goes back",
    Ending.CANCELLED: "the order is cancelled",
    Ending.RETURNED: "something of the order comes back",
    Ending.CLICKED: "they click in a mail of the flow",
    Ending.ACTIVE: "they fill a cart",
}
_LAW: Mapping[MailKind, str] = {
    MailKind.CART: "a reminder of a cart",
    MailKind.MARKETING: "advertising",
    MailKind.REVIEW: "a request for an opinion",
    MailKind.SERVICE: "a service mail",
    MailKind.SERVICE_OFFER: "an offer inside a service mail",
}
_SINCE: Mapping[Anchor, str] = {
    Anchor.ENTRY: "they came in",
    Anchor.ACTIVITY: "they last touched the cart",
    Anchor.STEP: "the step before",
}
_PRODUCTS: Mapping[str, str] = {
    "goes_with": "what goes with the order",
    "next": "what others bought next",
    "best_sellers": "best sellers",
    "picks": "picks for this person",
}


def pages() -> dict[str, str]:
    """Return {name of the file in docs/flows: what stands in it}."""
    return {"README.md": _index(), **{f"{key}.md": _page(CATALOG[key]) for key in KEYS}}


def _index() -> str:
    rows = "\n".join(
        f'| <a href="{key}.md"><img src="{PICTURES}/{key}.png" width="180" alt="{CATALOG[key].name}"></a> '
        f"| **[{CATALOG[key].name}]({key}.md)** <br> {CATALOG[key].description} |"
        for key in KEYS
    )
    return (
        "# The flows\n\nEverything that is here is off until you switch it on, and yours to change: delays, "
        "conditions, wording, offers. Each page is written from the flow itself by "
        "`python tools/flow_pages.py`; do not edit it.\n\n"
        "Every mail is there in English, German, French and Polish, as HTML and as text.\n\n"
        f"| | |\n| --- | --- |\n{rows}\n"
    )


def _page(flow: Flow) -> str:
    facts = (
        ("Key", f"`{flow.key}`"),
        ("Begins when", begins(flow.trigger)),
        ("Does not enter", "; ".join(_left_out(flow))),
        ("Ends early when", "; ".join(_ends(flow))),
        ("To the law it is", f"{_LAW[flow.kind]} (`{flow.kind}`), see [the law by country](../reference/law.md)"),
        ("Goes out", _pace(flow)),
        (
            "Before others",
            f"number {flow.priority}; of two flows that want the same person, the lower number goes first",
        ),
    )
    table = "\n".join(f"| {name} | {text} |" for name, text in facts)
    return (
        f"# {flow.name}\n\n{flow.description}\n\n"
        f"![The mail as people get it]({PICTURES}/{flow.key}.png)\n\n"
        f"| | |\n| --- | --- |\n{table}\n\n"
        f"## Step by step\n\n{_listed(flow.steps)}\n\n"
        f"## What you may want to change\n\n{_defaults(flow)}\n\n"
        f"Switch it on in the Dashboard, or with `mailflow flows enable {flow.key}` (`--shadow` does all but the "
        f"sending). To change it in a file: `mailflow flows export {flow.key}`, see "
        "[flows as code](../howto/flows-as-code.md). [All flows](README.md)\n"
    )


def asked(condition: Condition) -> str:
    """Return a condition as one reads it aloud, without the list of all values that a fact may have."""
    return re.sub(r": \w+(?:, \w+)+(?= is )", "", condition_words(condition))


def long_words(duration: timedelta) -> str:
    """Return a duration spelled out: ``3 days``, ``1 hour``."""
    number, _, unit = duration_words(duration).partition(" ")
    name = {"d": "day", "h": "hour", "min": "minute"}.get(unit)
    return f"{number} {name}{'' if number == '1' else 's'}" if name else duration_words(duration)


def begins(trigger: Trigger) -> str:
    """Return what starts a flow, as one reads it aloud. Raises ValueError for a trigger it has no words for."""
    match trigger:
        case IdleBasket(after=after):
            return f"somebody with an address leaves a cart and does nothing in it for {long_words(after)}"
        case Happened(event=event) if event in _EVENTS:
            return _EVENTS[event]
        case QuietFor(factor=factor, least=least, most=most):
            return (
                f"a customer has not ordered for {factor} times as long as is usual for them; not before "
                f"{long_words(least)}, and after {long_words(most)} at the latest"
            )
        case OnDate(date=day, at=at, known_for=known_for, catch_up=catch_up):
            return (
                f"it is their {day}, at {at} where they are; known for {long_words(known_for)} by then, and caught "
                f"up with for {long_words(catch_up)} at most"
            )
        case Threshold(percent=percent, settled=settled):
            return (
                f"they come to the top {percent} % by what they spent in twelve months, refunds taken off; an order "
                f"counts {long_words(settled)} after it was made"
            )
    raise ValueError(f"There are no words for the trigger {trigger.type!r} yet: add them to tools/flow_pages.py.")


def _left_out(flow: Flow) -> Iterator[str]:
    if flow.filter is not None:
        yield f"whoever does not match: {asked(flow.filter)}"
    if flow.reentry is Reentry.NEVER:
        yield "who was in it before, ever"
    elif flow.once_per:
        yield f"who got it in the last {long_words(flow.once_per)}"
    yield "staff, and addresses that bounced, complained or unsubscribed"
    yield "whoever crossed before the flow was switched on"


def _ends(flow: Flow) -> Iterator[str]:
    if isinstance(flow.trigger, IdleBasket):
        yield "they buy, with this cart, address or account"
        yield "they empty the cart"
    yield from (_ENDINGS[one] for one in flow.ends)
    yield "they unsubscribe"


def _pace(flow: Flow) -> str:
    if flow.prompt:
        return "when it is due; it keeps no quiet hours, and counts towards the limits of other mail"
    prompt = [f"`{step.id}`" for step in walk(flow.steps) if isinstance(step, Send) and step.prompt]
    but = f"; {', '.join(prompt)} when due" if prompt else ""
    return f"within the limits, and outside of quiet hours where the person is{but}"


def _listed(steps: Sequence[Step], indent: str = "") -> str:
    lines = []
    for number, step in enumerate(steps, 1):
        lines.append(f"{indent}{number}. {_said(step)}")
        for way, inside in _ways(step):
            lines.append(f"{indent}   * {way}:")
            lines.append(_listed(inside, indent + "     "))
    return "\n".join(lines)


def _ways(step: Step) -> Iterator[tuple[str, tuple[Step, ...]]]:
    names = {"happened": "when it happens", "timed_out": "when the time is over"}
    yield from ((names.get(way, way), inside) for way, inside in step.ways.items() if inside)


def _said(step: Step) -> str:
    match step:
        case Send():
            subject = rendered_example(registered(step.template), "en", pictures="https://shop.example").subject
            more = [
                "with the code, where there is one" if step.coupon else "",
                f"with {_PRODUCTS.get(step.products, step.products)}" if step.products else "",
            ]
            return ", ".join([f"**Mail: “{subject}”** (`{step.id}`)", *filter(None, more)])
        case Wait():
            return f"Wait until {_until(step)} (`{step.id}`)"
        case WaitFor():
            what = _EVENTS.get(step.event, step.event)
            return f"Wait until {what}, at most {long_words(step.timeout)} (`{step.id}`)"
        case Branch():
            return f"Is it so: {asked(step.when)}? (`{step.id}`)"
        case Split():
            return f"Divide by chance: {value_words(step.parts, 'parts')} (`{step.id}`)"
        case Coupon():
            return f"Reserve a code of the offer `{step.offer}`; without one the mail goes without (`{step.id}`)"
        case Tag():
            marks = [f"put on {value_words(step.add)}" if step.add else "", step.remove and value_words(step.remove)]
            return f"Tag: {', '.join(str(mark) for mark in marks if mark)} (`{step.id}`)"
        case Exit():
            return f"Leave the flow (`{step.id}`)"
    raise ValueError(f"There are no words for the step {step.type!r} yet: add them to tools/flow_pages.py.")


def _until(step: Wait) -> str:
    months = f"{step.months} months" if step.months else ""
    length = " and ".join(filter(None, (months, long_words(step.duration) if step.duration else "")))
    after_mail = f", at least {long_words(step.after_mail)} after the last mail" if step.after_mail else ""
    return f"{length} after {_SINCE[step.since]}{after_mail}"


def _defaults(flow: Flow) -> str:
    rows = ["| step | setting | as it comes |", "| --- | --- | --- |"]
    once = "a life" if flow.reentry is Reentry.NEVER else long_words(flow.once_per)
    rows.append(f"| the flow | once per person in | {once} |")
    if flow.lane:
        rows.append(f"| the flow | lane: these follow each other and share one offer | {flow.lane} |")
    for step in walk(flow.steps):
        for name, value in _settings(step):
            rows.append(f"| `{step.id}` | {name} | {value} |")
    return "\n".join(rows)


def _settings(step: Step) -> Iterator[tuple[str, str]]:
    match step:
        case Send():
            yield "too late after", long_words(step.lateness)
            yield "words", f"`{step.template}`"
        case Wait():
            if step.months:
                yield "months", str(step.months)
            if step.duration > timedelta(0):
                yield "waits", long_words(step.duration)
        case WaitFor():
            yield "at most", long_words(step.timeout)
        case Coupon():
            yield "offer", f"`{step.offer}`, see [offers](../howto/offers.md)"


def main() -> int:
    """Write the pages; return 0."""
    import django

    django.setup()
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"docs/flows/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
