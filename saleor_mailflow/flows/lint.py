"""What is wrong with a flow, or probably not meant, before anybody is inside it: findings with the next thing to do.

Standard library only: what exists in the shop comes as an argument. Refuses to change the flow, and to find anything
that it cannot say in a sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from saleor_mailflow.flows.conditions import Ask, Condition
from saleor_mailflow.flows.definition import Flow, Purpose
from saleor_mailflow.flows.fact_table import FACTS
from saleor_mailflow.flows.reach import Reach, reach, waits_for_nothing
from saleor_mailflow.flows.steps import Branch, Coupon, Notify, Send, Split, StartFlow, Step, Tag, WaitFor, walk
from saleor_mailflow.flows.triggers import Happened, IdleBasket, Manual, Recurring

#: As long as the rows that carry them allow.
LONGEST_ID, LONGEST_TEMPLATE = 60, 120


class Level(StrEnum):
    """How bad a finding is."""

    #: The flow cannot be published.
    ERROR = "error"
    #: It can be, and somebody should look.
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong: where, what was seen and what to do. ``step`` is "" for the flow as a whole."""

    level: Level
    code: str
    text: str
    step: str = ""
    #: Where it stands in the flow's JSON, such as ("steps", 2, "then", 0); () where the id says it.
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Known:
    """What there is that a flow may name. None where it is not known, which is then not asked."""

    #: Template keys with the languages each has a wording in.
    templates: Mapping[str, Collection[str]] | None = None
    #: Keys of those templates that are marketing, whatever flow sends them.
    marketing_templates: Collection[str] = ()
    #: Languages in which every mail has to be there.
    languages: Collection[str] = ("en",)
    flows: Collection[str] | None = None
    segments: Collection[str] | None = None
    events: Collection[str] | None = None
    offers: Collection[str] | None = None
    targets: Collection[str] | None = None
    topics: Collection[str] | None = None


NOTHING_KNOWN = Known()


def lint(flow: Flow, known: Known = NOTHING_KNOWN) -> tuple[Finding, ...]:
    """Return every finding, errors first, each in the order in which the flow is written."""
    found = [*_flow_findings(flow, known)]
    ways = reach(flow.steps)
    unreachable = False
    for step in walk(flow.steps):
        found += _step_findings(flow, step, ways[step.id], known)
        if not ways[step.id].reachable and not unreachable:
            # One is enough: what follows it cannot be reached either.
            unreachable = True
            found.append(_warn("unreachable", f"Nobody ever comes to {step.id!r}: every way before it ends.", step.id))
    return tuple(sorted(found, key=lambda one: one.level is not Level.ERROR))


def errors(findings: Collection[Finding]) -> tuple[Finding, ...]:
    """Return what keeps a flow from being published."""
    return tuple(finding for finding in findings if finding.level is Level.ERROR)


def _error(code: str, text: str, step: str = "") -> Finding:
    return Finding(level=Level.ERROR, code=code, text=text, step=step)


def _warn(code: str, text: str, step: str = "") -> Finding:
    return Finding(level=Level.WARNING, code=code, text=text, step=step)


def _of(known: Collection[str]) -> str:
    names = sorted(known)
    return f"there are {', '.join(names[:12])}{' and more' if len(names) > 12 else ''}" if names else "there are none"


def _flow_findings(flow: Flow, known: Known) -> Iterator[Finding]:
    trigger = flow.trigger
    if isinstance(trigger, Happened) and known.events is not None and trigger.event not in known.events:
        yield _error("event", f"The flow begins with {trigger.event!r}, which never happens; {_of(known.events)}.")
    if isinstance(trigger, Happened) and trigger.event == "tag.added" and trigger.of:
        yield from _tag(trigger.of, "")
    segment = _segment_of(flow)
    if segment and known.segments is not None and segment not in known.segments:
        yield _error("segment", f"The flow begins with segment {segment!r}, which does not exist; save it first.")
    if known.topics is not None and flow.topic != "marketing" and flow.topic not in known.topics:
        yield _error(
            "topic", f"Topic {flow.topic!r} is not among those that people can choose; add it, or use another."
        )
    if flow.valid_from and flow.valid_until and flow.valid_until < flow.valid_from:
        yield _error("dates", f"The flow ends on {flow.valid_until}, before it begins on {flow.valid_from}; swap them.")
    if flow.filter is not None:
        yield from _condition(flow.filter, "", frozenset(), flow, known)
    mails = sum(isinstance(step, Send) for step in walk(flow.steps))
    # One mail, and it is over: nobody goes on getting anything.
    if flow.purpose is Purpose.MARKETING and mails > 1 and not flow.ends and not _asks_about_orders(flow):
        text = "The flow has no goal: who buys goes on getting its mail. Let it end when they order, or branch on it."
        yield _warn("no_goal", text)


def _segment_of(flow: Flow) -> str:
    if isinstance(flow.trigger, Recurring):
        return flow.trigger.segment
    entered = isinstance(flow.trigger, Happened) and flow.trigger.event == "segment.entered"
    return flow.trigger.of if entered and isinstance(flow.trigger, Happened) else ""


def _asks_about_orders(flow: Flow) -> bool:
    # A cart that became an order ends its flow by itself.
    if isinstance(flow.trigger, IdleBasket):
        return True
    waited = any(isinstance(step, WaitFor) and step.event.startswith("order.") for step in walk(flow.steps))
    orders = ("order.", "since.ordered", "contact.orders", "contact.last_order", "contact.lifecycle")
    return waited or any(ask.fact.startswith(orders) for ask in flow.asks)


def _step_findings(flow: Flow, step: Step, way: Reach, known: Known) -> Iterator[Finding]:
    if len(step.id) > LONGEST_ID:
        yield _error("id", f"The id {step.id[:20]!r}… is longer than {LONGEST_ID} letters; shorten it.", step.id)
    if waits_for_nothing(step):
        yield _warn("no_wait", f"{step.id!r} waits for no time at all; give it a duration or take it out.", step.id)
    match step:
        case Send():
            yield from _send(flow, step, way, known)
        case Branch():
            yield from _condition(step.when, step.id, way.earlier, flow, known)
            if not step.then and not step.otherwise:
                yield _warn("empty", f"Both ways of {step.id!r} are empty; put a step into one of them.", step.id)
        case Split():
            if not any(choice.steps for choice in step.choices):
                yield _warn("empty", f"All ways of {step.id!r} are empty; put a step into one of them.", step.id)
        case WaitFor():
            yield from _wait_for(flow, step, way, known)
        case Tag():
            if not step.add and not step.remove:
                yield _error("tag", f"{step.id!r} neither sets a tag nor takes one off; name one.", step.id)
            for tag in (*step.add, *step.remove):
                yield from _tag(tag, step.id)
        case Coupon(offer=offer) if known.offers is not None and offer not in known.offers:
            text = f"Offer {offer!r} is not set up, so mails go without a code; pick vouchers for it under Offers."
            yield _warn("offer", text, step.id)
        case StartFlow(flow=other):
            if other == flow.key:
                yield _error("start_flow", f"{step.id!r} starts this very flow; name another one.", step.id)
            elif known.flows is not None and other not in known.flows:
                yield _error(
                    "start_flow", f"{step.id!r} starts {other!r}, which is no flow; {_of(known.flows)}.", step.id
                )
        case Notify(target=target) if known.targets is not None and target not in known.targets:
            text = f"{step.id!r} tells {target!r}, which the settings do not know; add its address there."
            yield _error("target", text, step.id)


def _send(flow: Flow, step: Send, way: Reach, known: Known) -> Iterator[Finding]:
    languages = None if known.templates is None else known.templates.get(step.template)
    if known.templates is not None and languages is None:
        text = f"There is no template {step.template!r}; pick one of those that exist, or write it first."
        yield _error("template", text, step.id)
    missing = [] if languages is None else sorted(set(known.languages) - set(languages))
    if missing:
        text = (
            f"Template {step.template!r} has no wording in {', '.join(missing)}; write it, or leave the language out."
        )
        yield _error("language", text, step.id)
    if len(step.template) > LONGEST_TEMPLATE:
        yield _error("template", f"The template's name is longer than {LONGEST_TEMPLATE} letters; shorten it.", step.id)
    if flow.purpose is Purpose.TRANSACTIONAL and step.template in known.marketing_templates:
        text = f"{step.template!r} is marketing, and the flow is transactional: nobody would be asked for consent. "
        yield _error("purpose", text + "Make the flow marketing, or use another template.", step.id)
    if step.coupon:
        there = flow.places.get(step.coupon)
        if there is None or not isinstance(there.step, Coupon):
            text = f"{step.id!r} carries the code of {step.coupon!r}, which is no coupon step; add it before the mail."
            yield _error("coupon", text, step.id)
        elif step.coupon not in way.earlier:
            text = f"{step.id!r} carries the code of {step.coupon!r}, which does not come before it; move it up."
            yield _error("coupon", text, step.id)
    if way.mail_just_before:
        text = (
            f"{step.id!r} follows {way.mail_just_before!r} at once: one person gets both together. Put a wait between."
        )
        yield _warn("two_mails", text, step.id)


def _wait_for(flow: Flow, step: WaitFor, way: Reach, known: Known) -> Iterator[Finding]:
    if known.events is not None and step.event not in known.events:
        yield _error(
            "event", f"{step.id!r} waits for {step.event!r}, which never happens; {_of(known.events)}.", step.id
        )
    if step.event == "mail.opened":
        text = f"{step.id!r} waits for an opened mail, which programs do and people hide; wait for a click instead."
        yield _warn("opens", text, step.id)
    # Without ``own`` the mail may be another flow's, and ``of`` a template.
    if step.event.startswith("mail.") and step.of and step.own:
        yield from _mail_of(step.of, step.id, way.earlier, flow)


def _condition(when: Condition, at: str, earlier: frozenset[str], flow: Flow, known: Known) -> Iterator[Finding]:
    asks = tuple(when.asks())
    for ask in asks:
        if ask.fact.startswith("mail.") and ask.of:
            yield from _mail_of(ask.of.split()[0], at, earlier, flow)
        if ask.fact == "contact.segment" and known.segments is not None and ask.value not in known.segments:
            yield _error("segment", f"Segment {ask.value!r} does not exist; save it first.", at)
        if ask.fact == "contact.tags":
            yield from _tag(str(ask.value), at)
        yield from _about(ask, at, flow)
    if asks and all(FACTS[ask.fact].unreliable for ask in asks):
        text = "It rests on opened mail alone, which programs do and people hide; ask for a click or an order instead."
        yield _warn("opens", f"{at!r}: {text}" if at else text, at)


def _about(ask: Ask, at: str, flow: Flow) -> Iterator[Finding]:
    """Yield a warning where a flow begins with nothing that the fact could be about."""
    trigger = flow.trigger
    if isinstance(trigger, Manual) or (
        isinstance(trigger, Happened) and not trigger.event.startswith(("order.", "tag."))
    ):
        return
    about_order = isinstance(trigger, Happened) and trigger.event.startswith("order.")
    if ask.fact.startswith("basket.") and not isinstance(trigger, IdleBasket):
        yield _warn("about", f"{ask.fact} is never known: the flow does not begin with a cart. Ask something else.", at)
    if ask.fact.startswith("order.") and not about_order:
        yield _warn(
            "about", f"{ask.fact} is never known: the flow does not begin with an order. Ask something else.", at
        )


def _mail_of(of: str, at: str, earlier: frozenset[str], flow: Flow) -> Iterator[Finding]:
    who = repr(at) if at else "The filter"
    if flow.send(of) is None:
        yield _error("mail_of", f"{who} asks about the mail of {of!r}, which is no send step; name one.", at)
    elif of not in earlier:
        yield _error("mail_of", f"{who} asks about the mail of {of!r}, which does not come before it; move it up.", at)


def _tag(tag: str, at: str) -> Iterator[Finding]:
    if not tag.strip() or tag != tag.strip() or len(tag) > LONGEST_ID or "," in tag or "@" in tag:
        text = f"{tag[:40]!r} is no tag: use up to {LONGEST_ID} letters, without commas, @ and spaces around them."
        yield _error("tag", text, at)
