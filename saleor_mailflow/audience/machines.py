"""Did a person open or click, or a machine: signs are weighed, and what they weigh together is the score.

Refuses to decide by one weak sign, to ask the database or the clock, and to see an address: who asked is a keyed hash,
what they asked with is a class (``audience.delivery.agent_class``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

#: Verdicts wait for this long: a scanner's other fetches have come by then.
STALL = timedelta(seconds=60)
#: A score of so much is a machine's.
MACHINE = 50

#: After a mail was delivered nobody clicks this soon; and hardly anybody this soon.
AT_ONCE, VERY_SOON = timedelta(seconds=1.5), timedelta(seconds=5)
#: So many different links by one recipient within so long a time are no reading.
LINKS, LINKS_WITHIN = 3, timedelta(seconds=10)
#: More recipients than this in a minute behind one network address are no household and no office.
RECIPIENTS, RECIPIENTS_WITHIN = 20, timedelta(seconds=60)
#: Who followed the link that no eye can see is not reading whatever it fetches around that time.
TRAPPED_WITHIN = timedelta(seconds=60)
#: The number of the link that no eye can see.
TRAP = 32_767
#: How far around a touch others have to be known for it to be weighed.
AROUND = max(LINKS_WITHIN, RECIPIENTS_WITHIN, TRAPPED_WITHIN)

#: What each sign weighs. Two weak ones make a machine, as does one that a person cannot give.
WEIGHTS: Mapping[str, int] = MappingProxyType(
    {
        "names itself": 100,
        "invisible link": 100,
        "privacy proxy": 100,
        "no name": 60,
        "at once": 60,
        "many links": 60,
        "many recipients": 60,
        "in a trap": 60,
        "no browser": 40,
        "very soon": 30,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Touch:
    """One open or click. Times are aware."""

    id: Hashable
    #: ``opened`` or ``clicked``.
    kind: str
    at: datetime
    #: The recipient of the mail.
    who: Hashable
    #: Which link, None where that is not known.
    link: Hashable | None = None
    #: ``bot``, ``apple``, ``proxy``, ``browser``; "" where nothing was said of it.
    agent: str = ""
    #: Keyed hash of the network address, "" where it is not known.
    network: str = ""
    #: When the mail was delivered, else when its provider took it, None where neither is known.
    delivered_at: datetime | None = None
    #: True where we heard the request ourselves: then an agent of "" is one that has no name.
    ours: bool = True


@dataclass(frozen=True, kw_only=True)
class Score:
    """What speaks for a machine, and how much."""

    signs: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        """Return the weights of all signs together."""
        return sum(WEIGHTS[sign] for sign in self.signs)

    @property
    def by_machine(self) -> bool:
        """Return the verdict."""
        return self.points >= MACHINE


def score(touches: Iterable[Touch]) -> dict[Hashable, Score]:
    """Return {touch id: score}. Every touch is seen among the others, whatever their order.

    A verdict is final where all touches within AROUND of it were given.
    """
    those = sorted(touches, key=lambda touch: touch.at)
    clicks = [touch for touch in those if touch.kind == "clicked"]
    hasty = _crowded(
        [(touch.at, touch.who, touch.link, touch.id) for touch in clicks if touch.link is not None],
        most=LINKS - 1,
        within=LINKS_WITHIN,
    )
    busy = _crowded(
        [(touch.at, touch.network, touch.who, touch.id) for touch in those if touch.network],
        most=RECIPIENTS,
        within=RECIPIENTS_WITHIN,
    )
    traps: dict[Hashable, list[datetime]] = {}
    for touch in clicks:
        if touch.link == TRAP:
            traps.setdefault(_hand(touch), []).append(touch.at)
    return {touch.id: Score(signs=tuple(_signs(touch, hasty, busy, traps))) for touch in those}


def _signs(
    touch: Touch,
    hasty: Collection[Hashable],
    busy: Collection[Hashable],
    traps: Mapping[Hashable, Sequence[datetime]],
) -> Iterable[str]:
    if touch.agent == "bot":
        yield "names itself"
    elif touch.agent == "apple" and touch.kind == "opened":
        # Apple fetches every picture of every mail, read or not.
        yield "privacy proxy"
    elif touch.agent in {"apple", "proxy"} and touch.kind == "clicked":
        # These fetch pictures for people; nobody reads a shop with them.
        yield "no browser"
    elif not touch.agent and touch.ours:
        yield "no name"
    if touch.delivered_at is not None:
        after = touch.at - touch.delivered_at
        if after < AT_ONCE:
            yield "at once"
        elif after < VERY_SOON:
            yield "very soon"
    if touch.link == TRAP:
        yield "invisible link"
    else:
        times = traps.get(_hand(touch), ())
        first = bisect_left(times, touch.at - TRAPPED_WITHIN)
        if first < len(times) and times[first] <= touch.at + TRAPPED_WITHIN:
            yield "in a trap"
    if touch.id in hasty:
        yield "many links"
    if touch.id in busy:
        yield "many recipients"


def _hand(touch: Touch) -> Hashable:
    """Return what is taken for one hand: a network and kind of agent; where no network is known, the recipient."""
    return (touch.network, touch.agent) if touch.network else (touch.who,)


def _crowded(
    rows: Iterable[tuple[datetime, Hashable, Hashable, Hashable]], *, most: int, within: timedelta
) -> set[Hashable]:
    """Return the ids of all rows in any stretch ``within`` which one group has more than ``most`` different things.

    ``rows`` are (time, group, thing, id) in the order of time. One pass, whatever the length of the stretch.
    """
    groups: dict[Hashable, list[tuple[datetime, Hashable, Hashable]]] = {}
    for at, group, thing, one in rows:
        groups.setdefault(group, []).append((at, thing, one))
    found: set[Hashable] = set()
    for those in groups.values():
        window: deque[tuple[datetime, Hashable, Hashable]] = deque()
        counts: dict[Hashable, int] = {}
        # What is not in ``found`` yet: each row is put there once, so a flood costs no more than its size.
        fresh: list[Hashable] = []
        for row in those:
            window.append(row)
            counts[row[1]] = counts.get(row[1], 0) + 1
            fresh.append(row[2])
            while row[0] - window[0][0] > within:
                _, thing, _ = window.popleft()
                counts[thing] -= 1
                if not counts[thing]:
                    del counts[thing]
            if len(counts) > most:
                found.update(fresh[-len(window) :])
                fresh.clear()
    return found
