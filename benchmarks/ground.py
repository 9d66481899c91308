"""What every benchmark stands on: a database full of people, rounds in turn, ratios with their spread.

Refuses single runs and absolute figures: variants take turns within a round, and what is kept is the ratio per round.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: A machine on which the same work takes more than this many times as long from round to round says little.
NOISY = 2.0


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured ratio. ``value`` is the median of ``rounds``; ``met`` when that reaches the goal."""

    name: str
    value: float
    goal: float
    better: str
    rounds: tuple[float, ...]
    unit: str = "ratio"
    note: str = ""

    @property
    def met(self) -> bool:
        """Tell whether the median reached the goal: a lucky round may be the other side's bad luck."""
        return self.value >= self.goal if self.better == "higher" else self.value <= self.goal

    def to_json(self) -> dict[str, Any]:
        """Return the figure as it is kept."""
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "goal": self.goal,
            "better": self.better,
            "rounds": [round(one, 3) for one in self.rounds],
            "unit": self.unit,
            "note": self.note,
        }


def ratio(
    name: str, above: list[float], below: list[float], *, goal: float, better: str = "higher", note: str = ""
) -> Figure:
    """Return the figure above ÷ below, round by round; marked as noisy where ``below`` itself varied twofold."""
    spread = max(below) / min(below)
    if spread > NOISY:
        note = "; ".join(filter(None, [note, f"noisy: what it is held against varied {spread:.1f} times"]))
    rounds = tuple(a / b for a, b in zip(above, below, strict=True))
    return Figure(name=name, value=statistics.median(rounds), goal=goal, better=better, rounds=rounds, note=note)


@dataclass(kw_only=True)
class Rounds:
    """Lets variants take turns and keeps what each measured."""

    count: int
    seen: dict[str, list[float]] = field(default_factory=dict)

    def run(self, variants: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
        """Run every variant once a round, in turn; return {variant: rates or times}."""
        for number in range(self.count):
            # The order turns with the rounds, so that nobody always runs first.
            names = list(variants)
            for name in names[number % len(names) :] + names[: number % len(names)]:
                self.seen.setdefault(name, []).append(variants[name]())
        return self.seen


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many a second ``work`` did, which does ``count``."""
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def cpu(count: int, work: Callable[[], object]) -> float:
    """Return the seconds of processor time a piece, of ``work`` which does ``count``."""
    began = time.process_time()
    work()
    return (time.process_time() - began) / count


class Cpu:
    """The processor time of this process and, where it runs here, of the server process ``pid``."""

    def __init__(self, pid: int) -> None:
        self._place = Path(f"/proc/{pid}/schedstat")
        self._began = self._now()

    def seconds(self) -> float:
        """Return the seconds since it was made."""
        return self._now() - self._began

    def _now(self) -> float:
        # Nanoseconds on a processor come first (Linux: Documentation/scheduler/sched-stats.rst).
        server = int(self._place.read_text().split()[0]) / 1e9 if self._place.exists() else 0.0
        return time.process_time() + server


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    import django
    import psycopg

    with psycopg.connect(os.environ["MAILFLOW_DATABASE_URL"]) as connection:
        server = connection.info.server_version
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "python": sys.version.split()[0],
        "django": django.get_version(),
        "postgresql": f"{server // 10000}.{server % 10000}",
        "cores": os.cpu_count(),
        "load": [round(one, 1) for one in os.getloadavg()],
        "commit": commit.stdout.strip(),
    }


_FILL = """
INSERT INTO mailflow_contact (id, shop_id, email, user_ref, first_name, last_name, language, country, is_staff,
    first_seen_at, updated_at)
SELECT n, %(shop)s, 'p' || n || '@example.com', '', 'Anna', '', 'en', 'US', false, now() - interval '2 h', now()
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n;
INSERT INTO mailflow_basket (id, shop_id, token, contact_id, channel, currency, email, user_ref, language, country,
    state, lines, line_count, total, payment, voucher_code, signature, activity, active_at, created_at, last_change,
    learned_at, considered_activity)
SELECT n, %(shop)s, 't' || n, n, 'web', 'USD', 'p' || n || '@example.com', '', 'en', 'US', 'open', %(lines)s, %(items)s,
    384, 'none', '', 's', 1, now() - interval '61 min', now() - interval '62 min', now() - interval '61 min', now(), 1
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n;
INSERT INTO mailflow_enrollment (id, shop_id, flow_id, version_id, contact_id, basket_id, key, state, cursor, context,
    entered_at, due_at, exit_reason, fence, crashes)
SELECT n, %(shop)s, %(flow)s, %(version)s, n, n, 'basket:' || n, 'active', %(cursor)s,
    jsonb_build_object('activity', 1, 'active_at', to_char((now() - interval '61 min') AT TIME ZONE 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')),
    now(), now() + %(due)s::interval, '', 0, 0
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n;
"""


def fill(shop: Any, first: int, last: int, *, step: int, due: str, items: int = 6) -> None:
    """Insert people ``first``…``last`` who stand at ``step`` of the flow and are due in ``due`` (an interval).

    Each has a basket of ``items`` lines.
    """
    import json

    from django.db import connection

    from saleor_mailflow.models import Flow
    from saleor_mailflow.testing.memory_shop import line

    flow = Flow.objects.get(shop=shop)
    facts = {
        "shop": shop.pk,
        "flow": flow.pk,
        "version": flow.version_id,
        "first": first,
        "last": last,
        "due": due,
        "items": items,
        "lines": json.dumps([line(f"Item {number}").to_json() for number in range(items)]),
        "cursor": json.dumps({"index": step, "ready_at": "2026-11-20T10:00:00+00:00"}),
    }
    with connection.cursor() as cursor, unguarded(cursor):
        cursor.execute(_FILL, facts)


@contextmanager
def unguarded(cursor: Any) -> Iterator[None]:
    """Fill without checking every foreign key, where we may: half the time. What is filled in fits by construction."""
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    may = cursor.fetchone()[0]
    if may:
        cursor.execute("SET session_replication_role = replica")
    yield
    if may:
        cursor.execute("RESET session_replication_role")


def fresh_shop(**options: str) -> Any:
    """Empty the database and return a shop in it with the flow live. ``options`` are the provider's."""
    from datetime import timedelta

    from django.db import connection
    from django.utils.timezone import now

    from saleor_mailflow.flows.publish import set_mode
    from saleor_mailflow.models import LinkKey, Shop
    from saleor_mailflow.testing.world import SETTINGS

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE mailflow_shop, mailflow_heartbeat CASCADE")
    settings = {**SETTINGS, **({"provider": "smtp", "provider_options": options} if options else {})}
    shop = Shop.objects.create(
        domain="bench.example", api_url="https://bench.example/graphql/", road="app", settings=settings
    )
    LinkKey.objects.create(shop=shop)
    set_mode(shop, "abandoned_checkout", "live", at=now() - timedelta(hours=3))
    return shop


def analyze() -> None:
    """Let the planner know what is in the tables, and clean up dead rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
