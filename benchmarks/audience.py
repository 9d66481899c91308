"""What it costs to know a million people: ``python -m benchmarks.audience [--people 1000000]``.

Makes a database of its own, fills it, reckons a night, and asks what a tick, a screen and a flow ask. Writes
docs/benchmarks/audience.md. Refuses to keep figures that were not measured in one run: the page is written as a whole.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.ground import analyze, fresh_shop, machine, unguarded
from benchmarks.run import database

OWN = "mailflow_bench_audience"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "audience.md"
#: People inside flows whose conditions one tick asks for.
CROWD = 500
#: Of so many people the second night's profiles are reckoned.
ENOUGH = 100_000

# Seven of ten bought, most of them once; two currencies; birthdays, words and tags of some; carts and clicks of few.
_FILL = """
SELECT setseed(0.5);
INSERT INTO mailflow_contact (id, shop_id, email, user_ref, first_name, last_name, language, country, is_staff,
    first_seen_at, updated_at, birthday, birthday_known_at, gender, attributes)
SELECT n, %(shop)s, 'p' || n || '@example.com', CASE WHEN n %% 2 = 0 THEN 'u' || n ELSE '' END, 'Anna', '',
    (ARRAY['de', 'en', 'pl', 'fr'])[1 + n %% 4], (ARRAY['DE', 'US', 'PL', 'FR'])[1 + n %% 4], false,
    %(now)s - random() * interval '3 y', %(now)s,
    CASE WHEN n %% 3 > 0 THEN date '1950-01-01' + (random() * 20000)::int END, %(now)s - interval '1 y', '',
    CASE WHEN n %% 10 = 0 THEN '{"colour": "blue"}'::jsonb ELSE '{}' END
FROM generate_series(1, %(people)s) n;
INSERT INTO mailflow_purchase (id, shop_id, order_id, number, token, contact_id, email, user_ref, channel, currency,
    language, country, status, origin, paid, total, total_refunded, voucher_code, created_at, updated_at, learned_at,
    counts)
SELECT row_number() OVER (), %(shop)s, 'o' || n || '-' || k, '', '', n, 'p' || n || '@example.com', '', 'web',
    CASE WHEN n %% 5 = 0 THEN 'PLN' ELSE 'EUR' END, 'en', 'DE', CASE WHEN k = 9 THEN 'CANCELED' ELSE 'FULFILLED' END,
    'CHECKOUT', true, round((5 + 200 * random() ^ 3)::numeric, 2), CASE WHEN k = 4 THEN 5 ELSE 0 END, '',
    t.at, t.at, t.at, true
FROM generate_series(1, %(people)s) n, generate_series(1, 10) k,
    -- A time for each order: what names no order would be one time for all.
    LATERAL (SELECT %(now)s - random() * interval '2 y' + k * interval '1 s' AS at WHERE n %% 10 < 7) t
WHERE k <= CASE WHEN n %% 10 < 3 THEN 1 WHEN n %% 10 < 5 THEN 2 WHEN n %% 10 = 5 THEN 3 ELSE 10 END;
INSERT INTO mailflow_purchaseline (purchase_id, variant_ref, product_ref, product_name, variant_name, quantity,
    unit_price, total_price)
SELECT id, 'v', 'p' || (id %% 5000), '', '', 1, total, total FROM mailflow_purchase;
INSERT INTO mailflow_basket (shop_id, token, contact_id, channel, currency, email, user_ref, language, country, state,
    lines, line_count, total, payment, voucher_code, signature, activity, active_at, created_at, last_change,
    learned_at, considered_activity)
SELECT %(shop)s, 't' || n, n, 'web', 'EUR', '', '', 'en', 'DE', 'open', '[]', 1, 20, 'none', '', '', 1, t.at, t.at,
    t.at, t.at, 1
FROM generate_series(1, %(people)s, 5) n, LATERAL (SELECT %(now)s - random() * interval '1 y' + n * interval '0') t(at);
INSERT INTO mailflow_consent (shop_id, entity, contact_id, topic, state, source, proof, basis, at)
SELECT %(shop)s, '', n, 'marketing', CASE WHEN n %% 20 = 0 THEN 'withdrawn' ELSE 'granted' END, 'form', '', 'box',
    %(now)s - interval '100 d'
FROM generate_series(1, %(people)s, 2) n;
INSERT INTO mailflow_contacttag (contact_id, tag, source, at)
SELECT n, 'engaged', 'welcome', %(now)s FROM generate_series(1, %(people)s, 10) n;
INSERT INTO mailflow_enrollment (id, shop_id, flow_id, version_id, contact_id, key, state, cursor, context, entered_at,
    exit_reason, ended_at, fence, crashes)
SELECT n, %(shop)s, %(flow)s, %(version)s, n, 'k' || n, 'ended', '{}', '{}', %(now)s - interval '9 d', '', %(now)s, 0, 0
FROM generate_series(1, %(people)s, 10) n;
INSERT INTO mailflow_message (uuid, shop_id, enrollment_id, contact_id, flow_key, step, template, purpose, entity,
    state, reason, detail, planned_at, due_at, expires_at, fence, attempts, crashes, provider, provider_message_id,
    language, subject, html, text, clicked_at)
SELECT gen_random_uuid(), shop_id, id, contact_id, 'welcome', 'guide', 't', 'marketing', '', 'accepted', '', '{}',
    entered_at, entered_at, entered_at, 1, 1, 0, 'smtp', '', 'en', '', '', '',
    CASE WHEN id %% 40 = 1 THEN entered_at END
FROM mailflow_enrollment;
"""


def main() -> int:
    """Measure, write the page and print it."""
    parser = argparse.ArgumentParser(prog="benchmarks.audience", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    people = parser.parse_args().people
    began = time.monotonic()
    with database(OWN):
        text = _measure(people)
    text = text.replace("{seconds}", f"{time.monotonic() - began:.0f}")
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


def _measure(people: int) -> str:
    from django.db import connection
    from django.utils.timezone import now as present

    now = present()
    shop = fresh_shop()
    rows = [("fill the database", _seconds(lambda: _fill(shop, people, now)), "not ours: for the benchmark")]
    rows += _nights(shop, now)
    rows += _finders(shop, now, people)
    rows += _segments(shop, now, people)
    rows += _conditions(shop, now, people)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT contact_id) FROM mailflow_purchase")
        purchases, buyers = cursor.fetchone()
    table = "\n".join(f"| {what} | {_told(seconds)} | {note} |" for what, seconds, note in rows)
    about = ", ".join(f"{name} {value}" for name, value in machine().items())
    return f"""# What it costs to know {people:,} people

Written by `python -m benchmarks.audience`; do not edit. {people:,} contacts, {purchases:,} purchases of {buyers:,}
buyers with a line each, a fifth with a cart, half with a word on mail, a tenth with a mail. One run of {{seconds}} s,
filling included; where something is short it is the median of several. On: {about}.

| what | time | |
| --- | --- | --- |
{table}
"""


def _fill(shop: Any, people: int, now: datetime) -> None:
    from django.db import connection

    from saleor_mailflow.models import Flow

    flow = Flow.objects.get(shop=shop)
    values = {"shop": shop.pk, "flow": flow.pk, "version": flow.version_id, "people": people, "now": now}
    with connection.cursor() as cursor, unguarded(cursor):
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(_FILL, values)
    analyze()


def _nights(shop: Any, now: datetime) -> list[tuple[str, float, str]]:
    """Measure the first night, when everything is written, and another, when little changed."""
    from saleor_mailflow.models import Contact, Profile
    from saleor_mailflow.process import nightly

    last = Contact.objects.latest("id").pk
    rows = []
    for which, at in (("first night", now), ("another night", now + timedelta(days=1))):
        night = nightly.Night(shop=shop, now=at, zone="Europe/Berlin", last=last)
        for name, stage in nightly.STAGES.items():
            longest, total, after = 0.0, 0.0, 0
            # The second time over everybody would say the same as over some.
            enough = ENOUGH if which == "another night" and name == "profiles" else last
            while after is not None and after < enough:
                began = time.perf_counter()
                after = stage(night, after)
                spent = time.perf_counter() - began
                longest, total = max(longest, spent), total + spent
            note = f"longest batch {_told(longest)}"
            if enough < last:
                changed = Profile.objects.filter(reckoned_at=at).count()
                note += f"; of the first {enough:,} people, {changed:,} of whom had changed"
            rows.append((f"{which}: {name}", total, note))
            if which == "first night" and name == "profiles":
                analyze()
    return rows


def _finders(shop: Any, now: datetime, people: int) -> list[tuple[str, float, str]]:
    from saleor_mailflow.audience.anniversaries import on_date
    from saleor_mailflow.audience.profiles import mark_stale, reckon_due
    from saleor_mailflow.audience.quiet import count_quiet, quiet_customers
    from saleor_mailflow.audience.waiting import count_waiting
    from saleor_mailflow.flows.triggers import OnDate, QuietFor, Threshold

    birthday, away = OnDate(date="birthday"), QuietFor()
    minute, day = now - timedelta(minutes=1), now - timedelta(days=1)
    found = quiet_customers(shop.pk, away, since=day, now=now, limit=people)
    born = on_date(shop.pk, birthday, since=day, now=now, limit=people, channel_zones={})
    some = list(range(1, 2001))

    def stale() -> None:
        mark_stale(some)
        reckon_due(shop, now)

    return [
        ("reckon_due where nobody is stale", _median(lambda: reckon_due(shop, now)), "every tick"),
        ("mark 2 000 stale and reckon them", _median(stale, 3), ""),
        (
            "whom a win-back misses, of a minute",
            _median(lambda: quiet_customers(shop.pk, away, since=minute, now=now)),
            "",
        ),
        (
            "the same of a day",
            _median(lambda: quiet_customers(shop.pk, away, since=day, now=now)),
            f"{len(found)} people",
        ),
        ("how many it misses in all", _seconds(lambda: count_quiet(shop.pk, away, now=now)), "when it is switched on"),
        (
            "whose birthday began, of a minute",
            _median(lambda: on_date(shop.pk, birthday, since=minute, now=now, channel_zones={}), 5),
            "",
        ),
        (
            "the same of a day",
            _median(lambda: on_date(shop.pk, birthday, since=day, now=now, channel_zones={}), 3),
            f"{len(born)} people",
        ),
        (
            "how many stand above the VIP line",
            _seconds(lambda: count_waiting(shop.pk, Threshold(), now=now)),
            "when it is switched on",
        ),
    ]


def _segments(shop: Any, now: datetime, people: int) -> list[tuple[str, float, str]]:
    from saleor_mailflow.audience import segments
    from saleor_mailflow.flows.conditions import All, Ask, Condition, Not, Some

    loyal = Ask(fact="contact.orders", op="at_least", value=3)
    conditions: dict[str, Condition] = {
        "everybody": All(parts=()),
        "three orders": loyal,
        "spent 100 EUR in twelve months": Ask(fact="contact.spent_12m", of="EUR", op="at_least", value=100),
        "said yes to mail": Ask(fact="contact.subscribed", op="yes"),
        "tagged engaged": Ask(fact="contact.tags", op="has", value="engaged"),
        "bought one product": Ask(fact="contact.products", op="has", value="p7"),
        "did not buy it": Ask(fact="contact.products", op="has_not", value="p7"),
        "loyal or tagged, subscribed, not French, ordered within 90 days": All(
            parts=(
                Some(parts=(loyal, Ask(fact="contact.tags", op="has", value="engaged"))),
                Ask(fact="contact.subscribed", op="yes"),
                Not(part=Ask(fact="contact.country", op="is", value="FR")),
                Ask(fact="contact.last_order", op="within_days", value=90),
            )
        ),
    }
    rows = []
    for what, condition in conditions.items():
        counts: list[segments.Count] = []
        spent = _seconds(lambda one=condition, into=counts: into.append(segments.count(shop.pk, one, now=now)))
        rows.append((f"count: {what}", spent, f"{counts[0].number:,}{'' if counts[0].exact else ' by a sample'}"))
    hard = conditions["loyal or tagged, subscribed, not French, ordered within 90 days"]
    ids = list(range(1, people, people // CROWD))[:CROWD]
    rows += [
        ("a page of 1 000 of the last one", _median(lambda: segments.members(shop.pk, hard, now=now), 3), ""),
        (f"which of {CROWD} are in it", _median(lambda: segments.matches(shop.pk, hard, ids, now=now)), ""),
    ]
    return rows


def _conditions(shop: Any, now: datetime, people: int) -> list[tuple[str, float, str]]:
    from saleor_mailflow.audience.condition_facts import Person, learn
    from saleor_mailflow.flows.conditions import Ask
    from saleor_mailflow.flows.fact_table import FACTS, OPERATORS, FactKind

    def ask(fact: str) -> Ask:
        kind = FACTS[fact].kind
        value = {FactKind.TEXT: "x", FactKind.SET: "x", FactKind.FLAG: None}.get(kind, 1)
        of = {"currency": "EUR", "attribute": "colour", "step and address": "guide sale"}.get(FACTS[fact].of, "guide")
        return Ask(fact=fact, op=OPERATORS[kind][0], value=value, of=of if FACTS[fact].of else "")

    inside = [
        Person(enrollment_id=n, contact_id=n, basket_id=None, purchase_id=n, entered_at=now - timedelta(days=9))
        for n in range(1, people, people // CROWD)
    ][:CROWD]
    every, few = frozenset(map(ask, FACTS)), frozenset(map(ask, ("contact.orders", "mail.clicked", "since.ordered")))
    return [
        (f"three facts of {CROWD} people in flows", _median(lambda: learn(shop.pk, few, inside, now)), ""),
        (
            f"every fact there is of {CROWD}",
            _median(lambda: learn(shop.pk, every, inside, now), 3),
            f"{len(FACTS)} facts",
        ),
    ]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _median(work: Callable[[], object], times: int = 9) -> float:
    return statistics.median(_seconds(work) for _ in range(times))


def _told(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
