"""The next thing a merchant has to do about a flow, one at a time, in a sentence. Pure, standard library only.

Refuses to name two things at once, and to look anything up: what is so comes as facts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NextKind(StrEnum):
    """What is to be done, the most urgent first."""

    #: Complaints stopped it: look, then let it go on.
    RESUME = "resume"
    #: It was retired: nobody enters; it can be brought back.
    RETIRED = "retired"
    #: A draft waits to be published.
    PUBLISH = "publish"
    #: It is off: see what it would do, then try it in shadow.
    TRY = "try"
    #: It is in shadow: read what would have gone out, then go live.
    READ = "read"
    #: It would give a code of an offer that nobody set up.
    OFFER = "offer"
    #: Mails were not sent: see which and why.
    WHY = "why"
    #: All is well.
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class FlowFacts:
    """What is so of a flow now. Counts are of the time that the screens show; times are aware UTC."""

    mode: str
    stopped: str = ""
    retired_at: datetime | None = None
    inside: int = 0
    shadowed: int = 0
    sent: int = 0
    held_back: int = 0
    draft: bool = False
    #: Offers that its steps name, and those that were set up; one that was and is not given is a decision.
    offers: Collection[str] = ()
    set_up: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class NextThing:
    """What is to be done, and the sentence that says so."""

    kind: NextKind
    sentence: str


def next_thing(facts: FlowFacts) -> NextThing:
    """Return the most urgent thing to do about a flow, ``NOTHING`` with how it stands where there is none."""
    if facts.stopped:
        return NextThing(kind=NextKind.RESUME, sentence=facts.stopped)
    if facts.retired_at is not None:
        inside = f" {_people(facts.inside)} inside go on to the end." if facts.inside else ""
        return NextThing(kind=NextKind.RETIRED, sentence=f"It is retired: nobody enters any more.{inside}")
    if facts.draft:
        return NextThing(
            kind=NextKind.PUBLISH, sentence="A draft waits: look at what it changes, then publish it or throw it away."
        )
    if facts.mode == "off":
        return NextThing(kind=NextKind.TRY, sentence="See what it would do, then try it in shadow.")
    if facts.mode == "shadow":
        if not facts.shadowed:
            return NextThing(
                kind=NextKind.NOTHING, sentence="In shadow: nothing would have gone out yet. Come back in a few days."
            )
        return NextThing(
            kind=NextKind.READ,
            sentence=f"Read {_mails(facts.shadowed, 'the', 'that')} would have gone out, then go live.",
        )
    missing = sorted(set(facts.offers) - set(facts.set_up))
    if missing:
        return NextThing(
            kind=NextKind.OFFER,
            sentence=f"Its mails go without a code: pick vouchers for the offer “{missing[0].replace('_', ' ')}”.",
        )
    if facts.held_back:
        was = "was" if facts.held_back == 1 else "were"
        return NextThing(kind=NextKind.WHY, sentence=f"{_mails(facts.held_back)} {was} not sent.")
    if not facts.sent and not facts.inside:
        return NextThing(kind=NextKind.NOTHING, sentence="Live: nobody has entered lately. Nothing to do.")
    return NextThing(kind=NextKind.NOTHING, sentence="Live. Nothing to do.")


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people".replace(",", " ")


def _mails(number: int, before: str = "", after: str = "") -> str:
    said = "1 mail" if number == 1 else f"{number:,} mails".replace(",", " ")
    return " ".join(part for part in (before, said, after) if part)
