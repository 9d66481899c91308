"""Named places where a test may make this process die, raise or sleep. Free when unset: one call that does nothing.

``MAILFLOW_FAILPOINT=name:nth:what`` arms one of NAMES: the ``nth`` time it is reached, ``kill`` ends the process as a
power cut would, ``raise`` raises FailpointReached, ``sleep:SECONDS`` stops for a while. Refuses unknown names loudly.
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
    "rendered",
    "intent.committed",
    "smtp.first_bytes",
    "smtp.data_sent",
    "smtp.answered",
    "outcome.committed",
    "batch.middle",
    "lease.renewed",
    "webhook.recorded",
    "suppression.written",
    "publish.written",
)


class FailpointReached(RuntimeError):
    """A test asked for this failure."""


def _nothing(name: str) -> None:
    """Do nothing: no failpoint is armed in this process."""


def _armed(spec: str) -> Callable[[str], None]:
    name, nth, what, *rest = spec.split(":")
    if name not in NAMES or what not in ("kill", "raise", "sleep"):
        raise ValueError(f"MAILFLOW_FAILPOINT is {spec!r}; write name:nth:kill, raise or sleep:SECONDS. Known: {NAMES}")
    left = int(nth)

    def reached(at: str) -> None:
        nonlocal left
        if at != name:
            return
        left -= 1
        if left != 0:
            return
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "raise":
            raise FailpointReached(name)
        time.sleep(float(rest[0]))

    return reached


#: The name of the armed failpoint, "" for none: for the one place that has to behave otherwise to be able to fail.
ARMED = os.environ.get("MAILFLOW_FAILPOINT", "").partition(":")[0]

#: Call it with one of NAMES where something has just become true.
reach: Callable[[str], None] = (
    _armed(os.environ["MAILFLOW_FAILPOINT"]) if os.environ.get("MAILFLOW_FAILPOINT") else _nothing
)
