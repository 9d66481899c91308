"""``audit``: who changed what, when, from what to what."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime

from saleor_mailflow.cli.output import Output
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import AuditEntry
from saleor_mailflow.shop.connect import the_shop

_TOLD = ("at", "actor", "action", "subject", "before", "after")
HELP = "show who changed what, when, from what to what"


def add(parser: argparse.ArgumentParser) -> None:
    """Add about what and since when."""
    parser.add_argument("--subject", default="", help="such as settings, flow:abandoned_checkout or contact:17")
    parser.add_argument("--since", default="", metavar="DATE", help="such as 2026-11-20")
    parser.add_argument("--limit", type=int, default=100, help="the newest so many (default 100)")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Print the newest first."""
    rows = AuditEntry.objects.filter(shop=the_shop(args.shop)).order_by("-at", "-id")
    if args.subject:
        rows = rows.filter(subject=args.subject)
    if args.since:
        rows = rows.filter(at__gte=_since(args.since))
    entries = list(rows[: max(args.limit, 1)])
    if output.json:
        output.data([{name: getattr(entry, name) for name in _TOLD} for entry in entries])
        return 0
    output.table(
        "Changes",
        ("when", "who", "what", "to what", "from", "to"),
        [_row(entry) for entry in entries],
    )
    if not entries:
        output.say("Nothing was changed.")
    return 0


def _row(entry: AuditEntry) -> tuple[str, ...]:
    when = f"{entry.at:%Y-%m-%d %H:%M} UTC"
    return when, entry.actor, entry.action, entry.subject, _side(entry.before), _side(entry.after)


def _side(values: object) -> str:
    return json.dumps(values, ensure_ascii=False) if values else ""


def _since(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"--since is {text!r}; write it as 2026-11-20.", key="--since") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
