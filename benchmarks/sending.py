"""From due to accepted by an SMTP server, everything included, against what a Django team would pick instead.

Ours claims, asks the gate twice, renders, inlines, writes the intent before the first byte and the outcome after the
last; the peers are given the rendered mail. Refuses a rate for mails that the sink did not count.
"""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import count
from typing import Any

from benchmarks.ground import Figure, Rounds, analyze, fill, fresh_shop, ratio
from benchmarks.peers import Peers, Sink, peers, sink

_people = count(1)
#: Tasks that Celery is given to wait for.
_WAITING = 3_000

_PLAN = """
INSERT INTO mailflow_message (uuid, shop_id, enrollment_id, contact_id, flow_key, step, template, purpose, entity,
    state, reason, detail, planned_at, due_at, expires_at, fence, attempts, crashes, provider, provider_message_id,
    language, subject, html, text)
SELECT gen_random_uuid(), e.shop_id, e.id, e.contact_id, 'abandoned_checkout', 'reminder',
    'abandoned_checkout/reminder', 'marketing', '', 'planned', '', '{}', now() - interval '1 s', now() - interval '1 s',
    now() + interval '12 h', 0, 0, 0, '', '', '', '', '', ''
FROM mailflow_enrollment e WHERE e.id BETWEEN %s AND %s
"""


def figures(*, mails: int, rounds: int) -> tuple[list[Figure], dict[str, Any]]:
    """Return the figures of sending, and what else is worth showing: rates, processor time, versions."""
    with sink() as out:
        shop = fresh_shop(host="127.0.0.1", port=str(out.port), sink="yes")
        fill(shop, 1, mails * 2 * (rounds + 1) + 100, step=2, due="1 d")
        analyze()
        with peers(out, _the_mail()) as others:
            return _measure(shop, out, others, mails, rounds)


def _measure(shop: Any, out: Sink, others: Peers, mails: int, rounds: int) -> tuple[list[Figure], dict[str, Any]]:
    used: dict[str, list[float]] = {}

    def ours(mode: str, number: int = mails) -> float:
        seconds, cpu = _ours(shop, out, mode, number)
        used.setdefault(f"ours, {mode}", []).append(cpu / number * 1e6)
        return number / seconds

    def theirs(what: str, number: int = mails) -> float:
        seconds, cpu = others.run(what, [f"q{next(_people)}@example.com" for _ in range(number)])
        if not what.startswith("celery"):
            # Its worker's time is not this process's.
            used.setdefault(what, []).append(cpu / number * 1e6)
        return number / seconds

    variants = {
        "ours, careful": lambda: ours("careful"),
        "django-post-office": lambda: theirs("post_office"),
        "ours, fast": lambda: ours("fast"),
        "Celery, a task a mail": lambda: theirs("celery"),
        "Celery, its connection kept": lambda: theirs("celery_kept"),
        "Django loop": lambda: theirs("loop"),
    }
    for mode in ("careful", "fast"):
        ours(mode, 20)
    for what in ("post_office", "celery", "celery_kept", "loop"):
        theirs(what, 20)
    used.clear()
    seen = Rounds(count=rounds).run(variants)
    goals = (
        ("careful", "django-post-office", 0.9),
        ("careful", "Celery, a task a mail", 1.5),
        ("fast", "django-post-office", 1.2),
        ("fast", "Celery, a task a mail", 2.0),
        ("careful", "Django loop", 0.8),
        ("fast", "Django loop", 1.1),
    )
    found = [
        ratio(f"due → accepted, {mode} ÷ {other}", seen[f"ours, {mode}"], seen[other], goal=goal)
        for mode, other, goal in goals
    ]
    medians = {name: round(sorted(rates)[len(rates) // 2]) for name, rates in seen.items()}
    cpu = {name: round(sorted(times)[len(times) // 2]) for name, times in used.items()}
    # Ours waits in the database: worker memory with 100,000 waiting is a figure of its own.
    waiting = {f"Celery with eta ({_WAITING:,} tasks)": round(others.waiting_kb(_WAITING), 1)}
    return found, {
        "mails a second": medians,
        "processor µs a mail": cpu,
        "KB of worker memory a waiting mail": waiting,
        "peers": others.versions,
    }


def _ours(shop: Any, out: Sink, mode: str, number: int) -> tuple[float, float]:
    """Return (seconds, processor seconds) of sending ``number`` mails that are due."""
    from django.db import connection
    from django.utils.timezone import now

    from saleor_mailflow.flows.tick import shop_facts
    from saleor_mailflow.messages.gate_facts import GateRoom
    from saleor_mailflow.messages.outbox import send_due
    from saleor_mailflow.messages.transport import transport_for
    from saleor_mailflow.shop.payload import PayloadShop
    from saleor_mailflow.shop.settings import settings_of

    first = shop.first = getattr(shop, "first", 1)
    shop.first += number
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, [first, first + number - 1])
    settings = replace(settings_of(shop), sending_mode=mode)
    gateway = PayloadShop()
    room = GateRoom(
        shop_id=shop.pk, now=now(), gateway=gateway, settings=settings, shop=shop_facts(shop, settings, gateway)
    )
    out.mark()
    began, used = time.perf_counter(), time.process_time()
    sent = send_due(room, transport_factory=transport_for)
    spent, cpu = time.perf_counter() - began, time.process_time() - used
    if sent.accepted != number:
        raise RuntimeError(f"{sent.accepted} of {number} mails were accepted; the rest: {_others(shop)}")
    out.check(number)
    return spent, cpu


def _others(shop: Any) -> list[tuple[str, str]]:
    from saleor_mailflow.models import Message

    return list(
        Message.objects.filter(shop=shop).exclude(state="accepted").values_list("state", "reason").distinct()[:5]
    )


def _the_mail() -> dict[str, Any]:
    """Return a mail as ours sends it, for the peers: the same size, the same headers."""
    from saleor_mailflow.messages.render import render

    mail = render("abandoned_checkout/reminder", "en", six_items())
    return {
        "subject": mail.subject,
        "html": mail.html,
        "text": mail.text,
        "sender": "Northmill <hello@northmill.example>",
        "headers": {
            "List-Unsubscribe": "<https://mail.northmill.example/u/" + "x" * 80 + ">",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    }


def six_items() -> dict[str, object]:
    """Return the facts of the package's own example with six lines."""
    from saleor_mailflow.messages.examples import example_cart
    from saleor_mailflow.messages.facts import cart_facts

    cart = example_cart("en")
    return cart_facts(replace(cart, lines=[*cart.lines, *cart.lines]))
