"""The demo on the terminal: the clock, who is inside, what comes in and what goes out. Refuses to decide anything.

On a terminal it is a live view; into a file or a pipe it is one line a happening.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from saleor_mailflow.flows.reasons import sentence
from saleor_mailflow.models import Enrollment, Message
from saleor_mailflow.service.demo.figures import NOT_SENT, count
from saleor_mailflow.service.demo.player import Progress, Refused
from saleor_mailflow.service.demo.scene import Stage

#: How long the eye gets for a webhook and for a mail, in seconds.
GLANCE_S, LOOK_S = 0.08, 0.6
_LINES = 14


class Screen:
    """Shows a show. ``show`` is to be called after everything that happens."""

    def __init__(self, console: Console, stage: Stage, *, hurry: bool) -> None:
        self._console, self._stage, self._hurry = console, stage, hurry
        self._feed: deque[Text] = deque(maxlen=_LINES)
        self._live: Live | None = None
        self._played = self._refused = 0
        self._shown: set[int] = set()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Take the terminal for as long as the show lasts."""
        if not self._console.is_terminal:
            yield
            return
        with Live(console=self._console, refresh_per_second=12) as self._live:
            yield
        self._live = None

    def show(self, progress: Progress) -> None:
        """Show what happened since the last time."""
        news = self._news(progress)
        for line in news:
            self._feed.append(line)
            if self._live is None:
                self._console.print(line, soft_wrap=True)
        if self._live is not None:
            self._live.update(self._whole(progress))
        if not self._hurry:
            time.sleep(LOOK_S if len(news) > 1 else GLANCE_S)

    def _news(self, progress: Progress) -> list[Text]:
        lines: list[Text] = []
        now = self._stage.clock.now()
        refused, self._refused = progress.refused[self._refused :], len(progress.refused)
        if progress.played > self._played:
            self._played = progress.played
            return [_refusal(one) for one in refused] or [_line(now, "in ", "dim", progress.last)]
        # No webhook came, so the worker worked.
        ended = Message.objects.filter(shop_id=self._stage.shop.pk, ended_at__isnull=False).exclude(pk__in=self._shown)
        for message in ended.select_related("contact").order_by("ended_at", "id"):
            self._shown.add(message.pk)
            at, whom = message.ended_at or now, message.contact.email
            if message.state == Message.State.ACCEPTED:
                lines.append(_line(at, "out", "bold green", f"{whom}: {message.subject or message.step}"))
            elif message.state in NOT_SENT:
                lines.append(_line(at, "no ", "red", f"{whom}: {sentence(message.reason, message.detail)}"))
        return lines

    def _whole(self, progress: Progress) -> Group:
        stage, now = self._stage, self._stage.clock.now()
        figures = count(stage.shop.pk)
        head = Table.grid(expand=True, padding=(0, 2))
        head.add_column(ratio=1)
        head.add_column(justify="right")
        head.add_row(
            Text(f"A day of {stage.shop.domain}", style="bold"), Text(f"{now:%d %b %Y  %H:%M:%S} UTC", style="bold")
        )
        head.add_row(
            Text(f"People and mails: {stage.address}", style="cyan"), Text(f"{progress.played}/{progress.total}")
        )
        head.add_row(
            ProgressBar(total=progress.total, completed=progress.played, complete_style="cyan"),
            Text("webhooks", style="dim"),
        )
        inside = Table(expand=True, box=None, show_header=False, padding=(0, 2, 0, 0))
        inside.add_column(ratio=1, no_wrap=True)
        inside.add_column(justify="right", no_wrap=True)
        waiting = Enrollment.objects.filter(shop_id=stage.shop.pk, state=Enrollment.State.ACTIVE).order_by("due_at")
        for one in waiting.select_related("contact")[:8]:
            inside.add_row(one.contact.email, Text(f"in {_span(one.due_at, now)}", style="yellow"))
        if not inside.row_count:
            inside.add_row(Text("nobody", style="dim"), "")
        sums = "   ".join(
            (
                f"{figures.events} events",
                f"{figures.enrolled} entered",
                f"{figures.sent} sent",
                f"{sum(figures.blocked.values())} not sent",
                f"{len(progress.refused)} webhooks refused",
            )
        )
        feed = Group(*self._feed) if self._feed else Text("…", style="dim")
        return Group(
            Panel(head, border_style="dim"),
            Panel(feed, title="What happens", title_align="left", border_style="dim", height=_LINES + 2),
            Panel(inside, title="Inside, and until when", title_align="left", border_style="dim"),
            Text(f" {sums}", style="bold"),
        )


def _line(at: datetime, what: str, style: str, text: str) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{at:%d %b %H:%M:%S}  ", style="dim")
    line.append(f"{what}  ", style=style)
    return line.append(text)


def _refusal(refused: Refused) -> Text:
    return _line(refused.at, "no ", "yellow", f"{refused.name} refused with {refused.status}: {refused.sentence}")


def _span(due: datetime | None, now: datetime) -> str:
    left = max(due - now, timedelta(0)) if due is not None else timedelta(0)
    hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
