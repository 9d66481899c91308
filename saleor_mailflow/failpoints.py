"""Named places where a test may make this process die, raise or sleep. Free when unset: one call that does nothing.

``MAILFLOW_FAILPOINT=name:when:what`` arms one of NAMES, several with commas between them. ``when`` is a number, the
nth time it is reached, or ``~text``, every time it is reached about something that is called so. ``kill`` ends the
process as a power cut would, ``raise`` raises FailpointReached, ``sleep:SECONDS`` stops for a while. Refuses unknown
names loudly.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

NAMES = (
    "enroll.written",
    "runner.claimed",
    "runner.written",
    "claim.committed",
    "rendering",
    "rendered",
    "intent.committed",
    "smtp.first_bytes",
    "smtp.data_sent",
    "smtp.announced",
    "smtp.answered",
    "outcome.committed",
    "batch.middle",
    "lease.renewed",
    "webhook.recorded",
    "suppression.written",
    "publish.written",
    "move.written",
    "coupon.minted",
    "coupon.unminted",
)


class FailpointReached(RuntimeError):
    """A test asked for this failure."""


def _nothing(name: str, about: str = "") -> None:
    """Do nothing: no failpoint is armed in this process."""


def _armed(spec: str) -> Callable[[str, str], None]:
    name, when, what, *rest = spec.split(":")
    if name not in NAMES or what not in ("kill", "raise", "sleep"):
        raise ValueError(f"MAILFLOW_FAILPOINT is {spec!r}; write name:nth:kill, raise or sleep:SECONDS. Known: {NAMES}")
    left = 0 if when.startswith("~") else int(when)

    def reached(at: str, about: str) -> None:
        nonlocal left
        if at != name:
            return
        left -= 1
        if about != when[1:] if when.startswith("~") else left != 0:
            return
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "raise":
            raise FailpointReached(name)
        time.sleep(float(rest[0]))

    return reached


def _all(specs: str) -> Callable[..., None]:
    armed = [_armed(spec) for spec in specs.split(",")]

    def reached(at: str, about: str = "") -> None:
        for one in armed:
            one(at, about)

    return reached


_SPECS = os.environ.get("MAILFLOW_FAILPOINT", "")

#: The names of the armed failpoints: for the one place that has to behave otherwise to be able to fail.
ARMED = frozenset(spec.partition(":")[0] for spec in _SPECS.split(",") if spec)

#: Call it with one of NAMES where something has just become true, and with whose it is where there are several.
reach: Callable[..., None] = _all(_SPECS) if _SPECS else _nothing
