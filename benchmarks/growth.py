"""What size costs: idle ticks, empty polls and claims where few and where many people wait and have a past.

A database for each size, all there at once, so that sizes take turns within a round like every other variant.
Refuses to let anybody be due in an idle tick, and to count a claim that took fewer than it should.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from benchmarks.ground import Figure, analyze, fill, fresh_shop, ratio, unguarded

BATCH = 500
#: People of more tables than these are given no past: it would take hours to write and gigabytes to keep.
MOST_WITH_A_PAST = 1_000_000

_PAST = """
INSERT INTO mailflow_message (uuid, shop_id, enrollment_id, contact_id, flow_key, step, template, purpose, entity,
    state, reason, detail, planned_at, due_at, expires_at, intent_at, ended_at, fence, attempts, crashes, provider,
    provider_message_id, language, subject, html, text)
SELECT gen_random_uuid(), shop_id, id, contact_id, 'abandoned_checkout', 'earlier', 'abandoned_checkout/reminder',
    'marketing', '', 'accepted', '', '{}', t, t, t, t, t, 1, 1, 0, 'smtp', 'm' || id, 'en', 'You left', '', ''
FROM mailflow_enrollment, (SELECT now() - interval '40 d' AS t) long_ago;
INSERT INTO mailflow_event (shop_id, kind, dedupe_key, subject, source, occurred_at, recorded_at, generation,
    processed_generation, processed_at, attempts, parked)
SELECT shop_id, 'checkout.changed', 'checkout:t' || id, 't' || id, 'webhook', now(), now(), 2, 2, now(), 0, ''
FROM mailflow_enrollment;
INSERT INTO mailflow_purchase (shop_id, order_id, number, token, contact_id, email, user_ref, channel, currency,
    language, country, status, origin, paid, total, total_refunded, voucher_code, created_at, updated_at,
    learned_at, counts)
SELECT shop_id, 'o' || id, id, 'past' || id, contact_id, 'p' || id || '@example.com', '', 'web', 'USD', 'en', 'US',
    'FULFILLED', 'CHECKOUT', true, 384, 0, '', t, t, t, true
FROM mailflow_enrollment, (SELECT now() - interval '40 d' AS t) long_ago;
"""


def figures(*, sizes: tuple[int, ...], rounds: int, waiting: int) -> list[Figure]:
    """Return the figures of growth for tables of ``sizes`` people, the first being what the others are held against."""
    shop = fresh_shop()
    spent: dict[str, dict[int, list[float]]] = {"idle tick": {}, "empty poll": {}, "claim + advance": {}}
    with _databases(sizes) as use:
        for size in sizes:
            use(size)
            fill(shop, 1, size, step=1, due="30 d", items=1)
            if size <= MOST_WITH_A_PAST:
                _give_a_past()
            analyze()
            _live_through_the_night(shop)
        for number in range(rounds):
            for size in sizes if number % 2 else reversed(sizes):
                use(size)
                if size <= MOST_WITH_A_PAST:
                    spent["idle tick"].setdefault(size, []).append(_idle_tick(shop))
                spent["empty poll"].setdefault(size, []).append(_empty_poll(shop))
                spent["claim + advance"].setdefault(size, []).append(_claim(shop, size, number))
    found = []
    for size in sizes[1:]:
        for what, goal in (
            ("claim + advance", 1.6 if size <= 1_000_000 else 3.0),
            ("empty poll", 1.5),
            ("idle tick", 1.5),
        ):
            if size in spent[what]:
                more, less = spent[what][size], spent[what][sizes[0]]
                note = f"{min(more) * 1000:.2f} ms against {min(less) * 1000:.2f} ms"
                name = f"{what} at {size:,} people ÷ at {sizes[0]:,}"
                found.append(ratio(name, more, less, goal=goal, better="lower", note=note))

    return [*found, _memory(waiting)]


@contextmanager
def _databases(sizes: tuple[int, ...]) -> Iterator[Callable[[int], None]]:
    """Make a copy of our database for every size; yield what connects Django to one."""
    import psycopg
    from django.db import connection

    own = str(connection.settings_dict["NAME"])
    address = os.environ["MAILFLOW_DATABASE_URL"]
    elsewhere = urlunsplit(urlsplit(address)._replace(path="/postgres"))
    names = {size: f"{own}_{size}" for size in sizes}

    def use(size: int) -> None:
        connect(names[size])

    def connect(name: str) -> None:
        connection.close()
        connection.settings_dict["NAME"] = name

    with psycopg.connect(elsewhere, autocommit=True) as server, ExitStack() as stack:
        stack.callback(connect, own)
        connection.close()
        for name in names.values():
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {name} TEMPLATE {own}")
            stack.callback(server.execute, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        stack.callback(connection.close)
        yield use


def _give_a_past() -> None:
    from django.db import connection

    with connection.cursor() as cursor, unguarded(cursor):
        cursor.execute(_PAST)


def _live_through_the_night(shop: Any) -> None:
    """Do what is due once a night, in its slices: that grows with the past, and is no part of an idle tick."""
    from django.utils.timezone import now

    from saleor_mailflow.flows.tick import run_tick
    from saleor_mailflow.process.hygiene import hygiene_due
    from saleor_mailflow.process.nightly import nightly_due
    from saleor_mailflow.process.recommendations import recommendations_due
    from saleor_mailflow.shop.payload import PayloadShop

    while any(due(shop, now()) for due in (hygiene_due, nightly_due, recommendations_due)):
        run_tick(shop.pk, now(), gateway=PayloadShop())


def _idle_tick(shop: Any) -> float:
    """Return the seconds of a tick that finds nothing, with asking when the next one is due: the fastest third's."""
    from django.utils.timezone import now

    from saleor_mailflow.flows.next_due import next_due
    from saleor_mailflow.flows.tick import run_tick
    from saleor_mailflow.shop.payload import PayloadShop

    def tick() -> None:
        report = run_tick(shop.pk, now(), gateway=PayloadShop())
        assert report.idle, report
        assert next_due(shop.pk, now()) is not None

    return _fastest_third(tick, 18)


def _empty_poll(shop: Any) -> float:
    from django.utils.timezone import now

    from saleor_mailflow.flows.runner import run_due
    from saleor_mailflow.shop.payload import PayloadShop

    def poll() -> None:
        assert run_due(shop.pk, now=now(), gateway=PayloadShop()) == 0

    return _fastest_third(poll, 30)


def _claim(shop: Any, size: int, number: int) -> float:
    """Return the seconds of a claim of 500 people strewn over the table, the better of two. Leaves nobody due."""
    from django.db import connection
    from django.utils.timezone import now

    from saleor_mailflow.flows.runner import run_due
    from saleor_mailflow.shop.payload import PayloadShop

    apart = size // (2 * BATCH)
    ids = [1 + (place * apart + number * 7) % size for place in range(2 * BATCH)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT cursor FROM mailflow_enrollment WHERE id = %s", [ids[0]])
        [standing] = cursor.fetchone()
        cursor.execute("UPDATE mailflow_enrollment SET due_at = now() - interval '1 s' WHERE id = ANY(%s)", [ids])
        times = []
        for _ in range(2):
            began = time.perf_counter()
            done = run_due(shop.pk, now=now(), gateway=PayloadShop(), most=BATCH)
            times.append(time.perf_counter() - began)
            if done != BATCH:
                raise RuntimeError(f"A claim at {size:,} people took {done} instead of {BATCH}.")
        cursor.execute("DELETE FROM mailflow_message WHERE state <> 'accepted'")
        cursor.execute("DELETE FROM mailflow_steprun WHERE enrollment_id = ANY(%s)", [ids])
        cursor.execute(
            "UPDATE mailflow_enrollment SET state = 'active', due_at = now() + interval '30 d', cursor = %s, "
            "ended_at = NULL, exit_reason = '', lease_until = NULL, crashes = 0 WHERE id = ANY(%s)",
            [standing, ids],
        )
        # As autovacuum would, before long: what follows is not about dead rows.
        for table in ("enrollment", "message", "steprun"):
            cursor.execute(f"VACUUM mailflow_{table}")
    return min(times)


def _fastest_third(work: Callable[[], None], times: int) -> float:
    """Return the mean seconds of the fastest third: what it costs, and not what else the machine was doing."""
    for _ in range(3):
        work()
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return statistics.fmean(sorted(spent)[: times // 3])


_WORKER = """
import resource, sys, django; django.setup()
from pathlib import Path
from django.utils.timezone import now
from saleor_mailflow.flows.next_due import next_due
from saleor_mailflow.flows.tick import run_tick
from saleor_mailflow.shop.payload import PayloadShop
for _ in range(20):
    run_tick(int(sys.argv[1]), now(), gateway=PayloadShop()); next_due(int(sys.argv[1]), now())
status = Path("/proc/self/status")
# Where there is no /proc, the system's own word; on Linux that would count our parent's memory too.
lines = status.read_text().splitlines() if status.exists() else []
peak = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
print((peak or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])[0])
"""


def _memory(waiting: int) -> Figure:
    def peak(shop: Any) -> float:
        command = [sys.executable, "-c", _WORKER, str(shop.pk)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"The worker whose memory is measured failed:\n{done.stderr}")
        return float(done.stdout)

    shop = fresh_shop()
    analyze()
    empty = [peak(shop) for _ in range(3)]
    fill(shop, 1, waiting, step=1, due="30 d", items=1)
    analyze()
    full = [peak(shop) for _ in range(3)]
    name = f"worker memory with {waiting:,} waiting ÷ without"
    return ratio(name, full, empty, goal=1.05, better="lower", note=f"{max(full) / 1024:.0f} MB at its peak")
