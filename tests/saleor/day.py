"""Days in a real shop: people shop through Saleor's API, Saleor's task ticks, mail goes to a real SMTP server process.

Refuses shortcuts: set-up goes through the settings page, time through the whole process's clock, mail over a socket.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from freezegun import freeze_time
from shopper import ERRORS, Shopper, call

from saleor_mailflow.flows.next_due import next_due
from saleor_mailflow.models import Enrollment, Message, Refusal, Shop

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
#: The longest that the sweep may take to learn of something, and the distance of two ticks.
SWEEP, TICK = timedelta(seconds=30), timedelta(seconds=5)


class Day:
    """One shop from START on."""

    def __init__(self, staff: Any, mails: Path) -> None:
        self.staff = staff
        self.mails = mails
        self.now = START

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Let every clock of this process show the story's time."""
        # Sockets and the connection to the database wait by the real one.
        with freeze_time(self.now, ignore=["asyncio", "selectors", "socket", "ssl", "psycopg", "threading"]):
            yield

    def settings(self, active: bool | None = None, **fields: str) -> None:
        """Save the settings page."""
        given: dict[str, Any] = {"configuration": [{"name": n, "value": v} for n, v in fields.items()]}
        if active is not None:
            given["active"] = active
        with self.clock():
            self.staff.user = self.staff.user  # a token of now: yesterday's has expired
            call(
                self.staff,
                f'mutation($i: PluginUpdateInput!) {{ pluginUpdate(id: "saleor.mailflow", input: $i) {{ {ERRORS} }} }}',
                i=given,
            )

    def does(self, shopper: Shopper, what: str, *args: Any, **more: Any) -> Any:
        """Let somebody do something now."""
        with self.clock():
            if getattr(shopper.client, "user", None) is not None:
                shopper.client.user = shopper.client.user
            return getattr(shopper, what)(*args, **more)

    def tick(self) -> None:
        """Let Saleor's Celery run the tick, here and now."""
        from saleor_mailflow.tasks import tick

        with self.clock():
            tick()

    def after(self, **duration: float) -> Day:
        """Go on in time. Ticks come when something is due, and often enough for the sweep to see what happened."""
        target = self.now + timedelta(**duration)
        self.tick()
        self.now = min(self.now + SWEEP + TICK, target)
        self.tick()
        while (due := next_due(self.shop.pk, self.now)) is not None and due <= target:
            self.now = due if due > self.now else self.now + timedelta(seconds=1)
            if self.now > target:
                break
            self.tick()
        self.now = max(self.now, target)
        self.tick()
        return self

    @property
    def shop(self) -> Shop:
        return Shop.objects.get(road=Shop.Road.PLUGIN)

    def sent(self) -> list[tuple[str, str, timedelta]]:
        """Return (address, step, time since START) of every mail that a provider took, in order."""
        rows = Message.objects.filter(state=Message.State.ACCEPTED).order_by("ended_at", "id").select_related("contact")
        return [(row.contact.email, row.step, row.ended_at - START) for row in rows]

    def arrived(self) -> list[EmailMessage]:
        """Return the mails that lie at the SMTP server, oldest first."""
        files = sorted(self.mails.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]

    def exits(self) -> list[str]:
        """Return why people left the flow, in order."""
        rows = Enrollment.objects.filter(state=Enrollment.State.ENDED).order_by("ended_at", "id")
        return list(rows.values_list("exit_reason", flat=True))

    def refusals(self) -> list[str]:
        """Return why people did not enter, in order."""
        return list(Refusal.objects.order_by("at", "id").values_list("reason", flat=True))

    def held(self) -> list[tuple[str, str]]:
        """Return (step, reason) of every message that was not sent."""
        rows = Message.objects.exclude(state=Message.State.ACCEPTED).order_by("id")
        return list(rows.values_list("step", "reason"))
