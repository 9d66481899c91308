"""Play a recorded day: the clock jumps to what comes next, webhooks arrive over HTTP, and the worker does what is due.

Refuses to skip anything in between: the clock stops wherever somebody's time has come.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from saleor_mailflow.flows.next_due import next_due
from saleor_mailflow.flows.tick import run_tick
from saleor_mailflow.service.demo.day import Day, Recorded
from saleor_mailflow.service.demo.scene import HOST, Stage
from saleor_mailflow.shop.gateway import ShopGateway
from saleor_mailflow.shop.payload import PayloadShop

#: How often in a row the clock is nudged on for work that is due and does not get done: four days' worth.
MOST_NUDGES = 100
#: The show ends here even if somebody still waits: nobody's flow is as long.
LONGEST = timedelta(days=200)
#: How long, by the demo's clock, webhooks may wait for the worker while nobody's time comes. A flow's first wait is an
#: hour, so nothing happens late; and a day of a thousand webhooks is not a thousand rounds of work.
PAUSE = timedelta(minutes=10)
#: How often the worker looks where there is that much to do: a tick comes every few seconds in a real shop as well.
TICK = timedelta(seconds=5)
#: Saleor's own: how often a webhook is sent again after a 5xx. Here without the pauses.
TRIES = 3

_NOT_SENT = {"content-length", "host", "connection", "transfer-encoding", "accept-encoding", "expect", "te", "upgrade"}


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A webhook that the door did not take, and its sentence why."""

    name: str
    at: datetime
    status: int
    sentence: str


@dataclass(kw_only=True)
class Progress:
    """How far the show is. ``happened`` is called after every change, for whoever watches."""

    total: int
    played: int = 0
    last: str = ""
    over: bool = False
    refused: list[Refused] = field(default_factory=list)
    happened: Callable[[Progress], None] = field(default=lambda progress: None)


def play(stage: Stage, day: Day, progress: Progress) -> None:
    """Play the whole day and run on until nobody is left inside."""
    look_at = stage.clock.now() + PAUSE
    for recorded in day.webhooks:
        # Webhooks that come together are worked on together, unless somebody's time comes in between.
        if recorded.at >= look_at:
            due = run_until(stage, recorded.at, progress)
            look_at = min(filter(None, (due, recorded.at + PAUSE)))
        stage.clock.set(recorded.at)
        status, sentence = deliver(stage.port, recorded)
        if status != 200:
            progress.refused.append(Refused(name=recorded.name, at=recorded.at, status=status, sentence=sentence))
        progress.played += 1
        progress.last = recorded.header("Saleor-Event") or recorded.name
        progress.happened(progress)
    run_until(stage, stage.clock.now() + LONGEST, progress)
    progress.over = True
    progress.happened(progress)


def deliver(port: int, recorded: Recorded) -> tuple[int, str]:
    """Send a webhook to the door as it was recorded; return (status, the door's sentence, "" where it was taken)."""
    headers = {name: value for name, value in recorded.headers.items() if name.lower() not in _NOT_SENT}
    answer = (0, "The webhook could not be sent.")
    for _ in range(TRIES):
        line = http.client.HTTPConnection(HOST, port, timeout=30)
        try:
            line.request("POST", "/webhooks/saleor/", body=recorded.raw, headers=headers)
            response = line.getresponse()
            answer = (response.status, _sentence(response.read()))
        except (OSError, http.client.HTTPException, ValueError) as error:
            # Headers that no HTTP client sends, or a line that broke: the show goes on, and says so.
            answer = (0, f"The webhook could not be sent ({type(error).__name__}).")
        finally:
            line.close()
        if 0 < answer[0] < 500:
            break
    return answer


def _sentence(body: bytes) -> str:
    try:
        return str(json.loads(body).get("error", ""))
    except (ValueError, AttributeError):
        return "The answer was no JSON."


def run_until(
    stage: Stage, end: datetime, progress: Progress, *, gateway: ShopGateway | None = None
) -> datetime | None:
    """Let the worker work now, and then whenever somebody's wait is over before ``end``; return when, if ever, next.

    ``gateway`` is the shop to ask; without one it is known by its webhooks alone.
    """
    nudge = timedelta(seconds=1)
    nudges = 0
    while nudges < MOST_NUDGES:
        run_tick(stage.shop.pk, stage.clock.now(), gateway=gateway or PayloadShop(), beat="demo")
        progress.happened(progress)
        now = stage.clock.now()
        due = next_due(stage.shop.pk, now)
        if due is not None and due <= now:
            # What is held back stays due: look again a little later, then later still.
            due, nudge, nudges = now + nudge, min(nudge * 2, timedelta(hours=1)), nudges + 1
        else:
            nudge, nudges = timedelta(seconds=1), 0
        if due is None or due >= end:
            return due
        # Where a crowd left within a minute, one round of work does for all whose wait ends in the next seconds.
        together = now + TICK
        stage.clock.set(together if due < together < end else due)
    return None
