"""How the product is doing in one shop, in figures and in sentences. Refuses to guess: every figure is read.

Cheap enough for a settings page: a handful of indexed queries, whatever the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, F, Min, Q

from saleor_mailflow import conf
from saleor_mailflow.audience.law import parse_overrides
from saleor_mailflow.conf import Problem, ShopSettings
from saleor_mailflow.flows.hours import parse_hours
from saleor_mailflow.flows.reasons import PROBLEMS, Reason, sentence
from saleor_mailflow.messages.transport import missing_fields
from saleor_mailflow.models import Basket, Enrollment, Event, Flow, Heartbeat, Message, Shop
from saleor_mailflow.process.complaints import complaint_problems
from saleor_mailflow.process.payments import payment_problems

#: A tick comes every few seconds; after this long without one nothing is being sent.
SILENT = timedelta(minutes=2)
#: Due work older than this means that ticks do not keep up.
BEHIND = timedelta(minutes=10)
RECENT = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Health:
    """What ``status`` shows. Durations are whole seconds, None where there is nothing to measure."""

    flows: dict[str, str]
    inside: int
    waiting_baskets: int
    pending_events: int
    lag_seconds: int | None
    parked_events: int
    oldest_due_seconds: int | None
    unknown: int
    ticked_by: dict[str, int]
    messages: dict[str, int]
    reasons: dict[str, int]
    problems: tuple[Problem, ...]
    #: Why nothing has ever been sent, "" once something was.
    nothing_sent: str

    @property
    def well(self) -> bool:
        """Tell whether there is nothing for a person to do."""
        return not self.problems


def health_of(shop: Shop, settings: ShopSettings, now: datetime) -> Health:
    """Return how a shop is doing at ``now``."""
    flows: dict[str, str] = dict(Flow.objects.filter(shop=shop).values_list("key", "mode"))
    events = Event.objects.filter(shop=shop, processed_generation__lt=F("generation"))
    pending = events.filter(parked="").aggregate(n=Count("id"), oldest=Min("recorded_at"))
    recent = Message.objects.filter(shop=shop, planned_at__gt=now - RECENT)
    messages = dict(recent.values_list("state").annotate(n=Count("id")).values_list("state", "n"))
    reasons = dict(recent.exclude(reason="").values_list("reason").annotate(n=Count("id")).values_list("reason", "n"))
    figures = {
        "flows": flows,
        "inside": Enrollment.objects.filter(shop=shop, state=Enrollment.State.ACTIVE).count(),
        "waiting_baskets": Basket.objects.filter(
            ~Q(email=""),
            shop=shop,
            state=Basket.State.OPEN,
            line_count__gt=0,
            considered_activity__lt=F("activity"),
            active_at__gt=now - timedelta(days=1),
        ).count(),
        "pending_events": pending["n"],
        "lag_seconds": _age(pending["oldest"], now),
        "parked_events": events.exclude(parked="").count(),
        "oldest_due_seconds": _oldest_due(shop, now),
        "unknown": Message.objects.filter(shop=shop, state=Message.State.UNKNOWN, planned_at__gt=now - RECENT).count(),
        "ticked_by": _ticks(shop, now),
        "messages": messages,
        "reasons": reasons,
    }
    problems = tuple(_problems(shop, settings, now, figures))
    return Health(**figures, problems=problems, nothing_sent=_why_nothing(shop, problems, figures))


def _age(at: datetime | None, now: datetime) -> int | None:
    return None if at is None else max(0, int((now - at).total_seconds()))


def _oldest_due(shop: Shop, now: datetime) -> int | None:
    """Return the age of the oldest work that is due and undone, in flows that are on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT least((SELECT min(e.due_at) FROM mailflow_enrollment e JOIN mailflow_flow f ON f.id = e.flow_id "
            "WHERE e.shop_id = %s AND e.state = 'active' AND f.mode <> 'off' AND e.due_at <= %s), "
            "(SELECT min(due_at) FROM mailflow_message WHERE shop_id = %s AND state IN ('planned', 'claimed') "
            "AND due_at <= %s))",
            [shop.pk, now, shop.pk, now],
        )
        return _age(cursor.fetchone()[0], now)


def _ticks(shop: Shop, now: datetime) -> dict[str, int]:
    """Return {who ticks: seconds since the last one}."""
    rows = Heartbeat.objects.filter(name__startswith="tick:", name__endswith=f":{shop.pk}").values_list("name", "at")
    return {name.split(":")[1]: _age(at, now) or 0 for name, at in rows}


def _problems(shop: Shop, settings: ShopSettings, now: datetime, figures: dict[str, object]) -> list[Problem]:
    """Return what a person has to do, the most urgent first."""
    found: list[Problem] = []

    def say(key: str, text: str) -> None:
        found.append(Problem(key=key, text=text))

    if conf.disabled():
        say("MAILFLOW_DISABLED", "Everything is off: MAILFLOW_DISABLED is set in the environment. Unset it to go on.")
    if shop.copied_seen:
        say("copy", sentence(Reason.COPY, {"expected": shop.public_url, "seen": shop.copied_seen}))
    if not settings.active:
        say("active", "The plugin is switched off: tick “Active” to send again.")
    if shop.paused_at is not None:
        say("paused", "All mail is paused. To go on: mailflow resume.")
    if not settings.sender_email:
        say("sender_email", sentence(Reason.NO_SENDER))
    if not settings.postal_address:
        say("postal_address", sentence(Reason.NO_POSTAL_ADDRESS))
    found += missing_fields(settings)
    found += settings.problems
    found += parse_overrides(settings.law)[1]
    found += [Problem(key="quiet_hours", text=text) for text in parse_hours(settings.quiet_hours)[1]]
    if not settings.storefront_links:
        say("storefront_links", "No storefront link is set: add a line such as * = https://shop.example/cart/{token}.")
    flows = figures["flows"]
    assert isinstance(flows, dict)
    if not any(mode != "off" for mode in flows.values()):
        say("flows", "No flow is switched on: mailflow flows enable abandoned_checkout (add --shadow to try it first).")
    found += complaint_problems(shop)
    found += payment_problems(shop, now)
    found += _trouble(figures)
    return found


def _trouble(figures: dict[str, object]) -> list[Problem]:
    """Return what has gone wrong in running, as opposed to what is not set up."""
    found: list[Problem] = []
    ticks, oldest, reasons = figures["ticked_by"], figures["oldest_due_seconds"], figures["reasons"]
    assert isinstance(ticks, dict)
    assert isinstance(reasons, dict)
    if not ticks:
        found.append(
            Problem(
                key="tick", text="No tick has ever run: start Celery with beat, or run “mailflow run” as a service."
            )
        )
    elif min(ticks.values()) > SILENT.total_seconds():
        text = f"No tick has run for {min(ticks.values()) // 60} minutes: look at Celery's worker and beat."
        found.append(Problem(key="tick", text=text))
    if isinstance(oldest, int) and oldest > BEHIND.total_seconds():
        found.append(
            Problem(key="lag", text=f"Work has been due for {oldest // 60} minutes: add workers, or look at logs.")
        )
    if figures["parked_events"]:
        found.append(
            Problem(
                key="events", text=f"{figures['parked_events']} events could not be read three times over: see logs."
            )
        )
    if figures["unknown"]:
        text = f"{figures['unknown']} mails may or may not have arrived; they are not repeated. See mailflow why."
        found.append(Problem(key="unknown", text=text))
    for reason in PROBLEMS:
        if reasons.get(reason):
            found.append(Problem(key=str(reason), text=f"{reasons[reason]} × {sentence(reason)}"))
    return found


def _why_nothing(shop: Shop, problems: tuple[Problem, ...], figures: dict[str, object]) -> str:
    if Message.objects.filter(shop=shop, state=Message.State.ACCEPTED).exists():
        return ""
    if problems:
        return problems[0].text
    reasons = figures["reasons"]
    assert isinstance(reasons, dict)
    if reasons:
        reason, count = max(reasons.items(), key=lambda item: item[1])
        return f"Most often, {count} times in the last 7 days: {sentence(reason)}"
    if figures["waiting_baskets"]:
        return f"{figures['waiting_baskets']} carts are waiting for their quiet hour to pass."
    return "No cart with an email address has been left since a flow was switched on."


def status_sentence(shop: Shop, settings: ShopSettings, now: datetime) -> str:
    """Return health and the next thing to do in a few short lines, for the settings page."""
    health = health_of(shop, settings, now)
    on = [f"{key} ({mode})" for key, mode in sorted(health.flows.items()) if mode != "off"]
    sent = health.messages.get("accepted", 0)
    lines = [f"{'Working' if health.well else 'Needs you'}. On: {', '.join(on) or 'no flow'}."]
    lines.append(f"Last 7 days: {sent} sent, {health.messages.get('blocked', 0)} held back. Inside: {health.inside}.")
    if health.problems:
        lines.append(f"Next: {health.problems[0].text}")
        if len(health.problems) > 1:
            lines.append(f"And {len(health.problems) - 1} more: mailflow status.")
    elif health.nothing_sent:
        lines.append(health.nothing_sent)
    return "\n".join(lines)
