"""What a shop's past costs while nothing is due: the time of an idle tick, and the memory of a worker.

Refuses to count what is due: everybody in these tables has been served or waits for a day far away.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import Any

from benchmarks.ground import Figure, analyze, fill, fresh_shop, unguarded

_HISTORY = """
UPDATE mailflow_enrollment SET state = 'ended', ended_at = now(), exit_reason = 'completed'
WHERE id BETWEEN %(first)s AND %(last)s;
INSERT INTO mailflow_message (uuid, shop_id, enrollment_id, contact_id, flow_key, step, template, purpose, entity,
    state, reason, detail, planned_at, due_at, expires_at, intent_at, ended_at, fence, attempts, crashes, provider,
    provider_message_id, language, subject, html, text)
SELECT gen_random_uuid(), shop_id, id, contact_id, 'abandoned_checkout', 'reminder', 'abandoned_checkout/reminder',
    'marketing', '', 'accepted', '', '{}', now(), now(), now(), now(), now(), 1, 1, 0, 'smtp', 'm' || id, 'en',
    'You left', '', '' FROM mailflow_enrollment WHERE id BETWEEN %(first)s AND %(last)s;
INSERT INTO mailflow_event (shop_id, kind, dedupe_key, subject, source, occurred_at, recorded_at, generation,
    processed_generation, processed_at, attempts, parked)
SELECT shop_id, 'checkout.changed', 'checkout:t' || id, 't' || id, 'webhook', now(), now(), 2, 2, now(), 0, ''
FROM mailflow_enrollment WHERE id BETWEEN %(first)s AND %(last)s;
INSERT INTO mailflow_purchase (shop_id, order_id, number, token, contact_id, email, user_ref, channel, currency,
    language, country, status, origin, paid, total, total_refunded, voucher_code, created_at, updated_at,
    learned_at, counts)
SELECT shop_id, 'o' || id, id, 't' || id, contact_id, 'p' || id || '@example.com', '', 'web', 'USD', 'en', 'US',
    'FULFILLED', 'CHECKOUT', true, 384, 0, '', now(), now(), now(), true
FROM mailflow_enrollment WHERE id BETWEEN %(first)s AND %(last)s;
"""


def figures(*, sizes: tuple[int, ...], waiting: int) -> list[Figure]:
    """Return the figures of growth."""
    return [*_idle_ticks(sizes), _memory(waiting)]


def _idle_ticks(sizes: tuple[int, ...]) -> list[Figure]:
    from django.db import connection
    from django.utils.timezone import now

    from saleor_mailflow.flows.tick import next_due, run_tick
    from saleor_mailflow.shop.payload import PayloadShop

    shop = fresh_shop()
    last, spent = 0, {}
    for size in sizes:
        fill(shop, last + 1, size, step=1, due="30 d")
        with connection.cursor() as cursor, unguarded(cursor):
            # One in ten still waits; all others have been through everything.
            cursor.execute(_HISTORY, {"first": last + size // 10, "last": size})
        last = size
        analyze()
        times = []
        for _ in range(40):
            began = time.perf_counter()
            report = run_tick(shop.pk, now(), gateway=PayloadShop())
            next_due(shop.pk, now())
            times.append(time.perf_counter() - began)
            assert report.idle, report
        # The fastest third: what a tick costs, and not what else the machine was doing.
        spent[size] = [statistics.fmean(sorted(times[start::3])[:5]) for start in range(3)]
    small = sizes[0]
    found = []
    for size in sizes[1:]:
        rounds = tuple(more / less for more, less in zip(spent[size], spent[small], strict=True))
        found.append(
            Figure(
                name=f"idle tick with {size:,} people's history ÷ with {small:,}",
                value=statistics.median(rounds),
                goal=1.5,
                better="lower",
                rounds=rounds,
                note=f"{min(spent[size]) * 1000:.1f} ms a tick",
            )
        )
    return found


_WORKER = """
import resource, sys, django; django.setup()
from pathlib import Path
from django.utils.timezone import now
from saleor_mailflow.flows.tick import next_due, run_tick
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
    def peak(shop: Any) -> int:
        command = [sys.executable, "-c", _WORKER, str(shop.pk)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    shop = fresh_shop()
    analyze()
    empty = [peak(shop) for _ in range(3)]
    fill(shop, 1, waiting, step=1, due="30 d")
    analyze()
    full = [peak(shop) for _ in range(3)]
    rounds = tuple(more / less for more, less in zip(full, empty, strict=True))
    return Figure(
        name=f"worker memory with {waiting:,} waiting ÷ without",
        value=statistics.median(rounds),
        goal=1.05,
        better="lower",
        rounds=rounds,
        note=f"{max(full) / 1024:.0f} MB at its peak",
    )
