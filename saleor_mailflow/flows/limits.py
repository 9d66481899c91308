"""How often promotional mail may come: the shop's limits by stage of life, and the person's own. Standard library only.

Refuses to count anything but what it is given, and to let anybody's wish make mail come more often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

DAY = timedelta(days=1)
#: How far back anybody has to look to answer: the longest limit there is.
LOOK_BACK = timedelta(days=30)
#: Signs of life that are younger than this make somebody active; none for this long, dormant.
ACTIVE_FOR = timedelta(days=30)
DORMANT_AFTER = timedelta(days=180)


class Stage(StrEnum):
    """How much somebody has to do with the shop of late."""

    #: Bought, clicked or filled a cart in the last 30 days.
    ACTIVE = "active"
    NORMAL = "normal"
    #: No sign of life for 180 days.
    DORMANT = "dormant"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most ``most`` mails in ``window``."""

    most: int
    window: timedelta


#: One in 16 hours and four a week; active people one in 8 hours; dormant ones one a week.
LIMITS: dict[Stage, tuple[Limit, ...]] = {
    Stage.ACTIVE: (Limit(most=1, window=timedelta(hours=8)), Limit(most=4, window=7 * DAY)),
    Stage.NORMAL: (Limit(most=1, window=timedelta(hours=16)), Limit(most=4, window=7 * DAY)),
    Stage.DORMANT: (Limit(most=1, window=7 * DAY),),
}
#: What a person may ask for on our page.
OWN_LIMITS: dict[str, Limit] = {"weekly": Limit(most=1, window=7 * DAY), "monthly": Limit(most=1, window=30 * DAY)}


def stage_of(last_sign_of_life: datetime | None, known_since: datetime, now: datetime) -> Stage:
    """Return the stage of somebody who last bought, clicked or filled a cart then, and is known since then."""
    quiet_since = known_since if last_sign_of_life is None else max(last_sign_of_life, known_since)
    if last_sign_of_life is not None and now - last_sign_of_life < ACTIVE_FOR:
        return Stage.ACTIVE
    return Stage.DORMANT if now - quiet_since >= DORMANT_AFTER else Stage.NORMAL


def free_at(limits: Sequence[Limit], sent: Sequence[datetime], now: datetime) -> datetime:
    """Return when the next mail would keep every limit, ``now`` where it does already. ``sent`` in any order."""
    times = sorted(sent, reverse=True)
    earliest = now
    for limit in limits:
        # Once the mail that stands ``most`` places back is older than the window, there is room for one more.
        if len(times) >= limit.most:
            earliest = max(earliest, times[limit.most - 1] + limit.window)
    return earliest
