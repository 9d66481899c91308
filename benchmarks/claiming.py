"""Claim and advance: ours against a bare psycopg loop, a plain ORM loop, and two workers against one.

Refuses to count a batch in which somebody was taken twice or left behind.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from benchmarks.ground import Figure, Rounds, analyze, fill, fresh_shop, rate, ratio

BATCH = 500


def figures(*, people: int, rounds: int) -> list[Figure]:
    """Return the figures of claiming."""
    return [*against_others(people, rounds), *_two_workers(people, rounds)]


def _reset(shop: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE mailflow_enrollment SET due_at = now() - interval '1 s' WHERE due_at > now()")
        cursor.execute("VACUUM mailflow_enrollment")


def against_others(people: int, rounds: int) -> list[Figure]:
    """Return the figures against a bare loop and a plain ORM loop."""
    shop = fresh_shop()
    fill(shop, 1, people, step=1, due="-1 s")
    analyze()
    take = min(people, 10_000)

    def ours() -> float:
        _reset(shop)
        return rate(take, lambda: _ours(shop, take))

    def raw() -> float:
        _reset(shop)
        return rate(take, lambda: _raw(take))

    def orm() -> float:
        _reset(shop)
        return rate(2_000, lambda: _orm(2_000))

    _ours(shop, BATCH)
    seen = Rounds(count=rounds).run({"raw": raw, "ours": ours, "orm": orm})
    return [
        ratio("claim + advance ÷ raw psycopg loop", seen["ours"], seen["raw"], goal=0.5),
        ratio("claim + advance ÷ plain ORM loop", seen["ours"], seen["orm"], goal=1.5),
    ]


def _ours(shop: Any, count: int) -> None:
    from django.utils.timezone import now

    from saleor_mailflow.flows.runner import run_due
    from saleor_mailflow.shop.payload import PayloadShop

    advanced = 0
    while advanced < count:
        done = run_due(shop.pk, now=now(), gateway=PayloadShop(), most=count - advanced)
        if not done:
            raise RuntimeError(f"only {advanced} of {count} people were due")
        advanced += done


def _raw(count: int) -> None:
    """What a careful engineer would write by hand: the same claim and the same write, no facts, no decision."""
    import psycopg

    with psycopg.connect(os.environ["MAILFLOW_DATABASE_URL"]) as connection:
        done = 0
        while done < count:
            rows = connection.execute(
                "UPDATE mailflow_enrollment e SET lease_until = clock_timestamp() + interval '60 s', fence = fence + 1 "
                "FROM (SELECT id FROM mailflow_enrollment WHERE state = 'active' AND due_at <= now() "
                "ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED) due WHERE e.id = due.id "
                "RETURNING e.id, e.fence, e.cursor, e.context",
                [BATCH],
            ).fetchall()
            connection.commit()
            connection.execute(
                "UPDATE mailflow_enrollment e SET due_at = now() + interval '1 d', lease_until = NULL "
                "FROM unnest(%s::bigint[], %s::int[]) AS done (id, fence) "
                "WHERE e.id = done.id AND e.fence = done.fence",
                [[r[0] for r in rows], [r[1] for r in rows]],
            )
            connection.commit()
            done += len(rows)


def _orm(count: int) -> None:
    """What a Django team would write first: lock a batch, decide, save each row."""
    from datetime import timedelta

    from django.db import transaction
    from django.utils.timezone import now

    from saleor_mailflow.models import Enrollment

    done = 0
    while done < count:
        with transaction.atomic():
            due = Enrollment.objects.filter(state="active", due_at__lte=now()).order_by("due_at")
            batch = list(due.select_for_update(skip_locked=True)[:BATCH])
            for one in batch:
                one.due_at = now() + timedelta(days=1)
                one.save(update_fields=["due_at", "cursor"])
        done += len(batch)


_WORKER = """
import sys, django; django.setup()
from django.utils.timezone import now
from saleor_mailflow.flows.runner import run_due
from saleor_mailflow.shop.payload import PayloadShop
from django.db import connection
connection.ensure_connection(); run_due(0, now=now(), gateway=PayloadShop())
print("ready", flush=True); sys.stdin.readline()
print(run_due(int(sys.argv[1]), now=now(), gateway=PayloadShop()), flush=True)
"""


def _two_workers(people: int, rounds: int) -> list[Figure]:
    from saleor_mailflow.models import Shop

    shop = Shop.objects.get()

    def workers(number: int) -> float:
        _reset(shop)
        command = [sys.executable, "-c", _WORKER, str(shop.pk)]
        crew = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(number)
        ]
        for one in crew:
            assert one.stdout is not None
            assert one.stdout.readline().strip() == "ready"
        began = time.perf_counter()
        for one in crew:
            assert one.stdin is not None
            one.stdin.write("\n")
            one.stdin.flush()
        done = [int(one.communicate()[0].strip()) for one in crew]
        spent = time.perf_counter() - began
        assert sum(done) == people, f"{done} of {people}: somebody was taken twice or left behind"
        return people / spent

    seen = Rounds(count=rounds).run({"one": lambda: workers(1), "two": lambda: workers(2)})
    return [ratio("two workers ÷ one", seen["two"], seen["one"], goal=1.3, note="nobody taken twice, checked")]
