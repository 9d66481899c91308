"""What a shopper pays for us: checkoutLinesAdd in a real Saleor with the plugin on against off, interleaved in one run.

Refuses to compare two runs: the plugin is switched through its settings page before every call, so that the machine's
mood is the same for both. Needs a Saleor on the path, a populated database and our migrations::

    PYTHONPATH=$SALEOR_DIR $SALEOR_PYTHON benchmarks/hook_cost.py [--calls 200] [--record]

It removes the checkouts it made and leaves the plugin as it was.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

#: Saleor takes fifty of a thing into one cart; then a new one begins.
FULL = 40
MUTATION = """
mutation($id: ID!, $lines: [CheckoutLineInput!]!) {
  checkoutLinesAdd(id: $id, lines: $lines) { errors { message } checkout { id lines { id quantity } } }
}
"""
CREATE = """
mutation($i: CheckoutCreateInput!) { checkoutCreate(input: $i) { errors { message } checkout { id token } } }
"""


def main(arguments: list[str]) -> int:
    """Measure, print, and return 0."""
    parser = argparse.ArgumentParser(description="What a shopper pays for our hooks, in a real Saleor.")
    parser.add_argument("--calls", type=int, default=200, help="calls with the plugin on, and as many with it off")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--record", action="store_true", help="write docs/benchmarks/hook_cost.json")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor.settings")
    import django

    django.setup()
    figures = measure(chosen.calls)
    if chosen.record:
        # Where the command was begun with a Saleor on its path, this file is the only landmark.
        place = Path(__file__).resolve().parent.parent / "docs" / "benchmarks" / "hook_cost.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps([figure(figures)], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if chosen.json:
        print(json.dumps(figures))
    else:
        print(
            f"checkoutLinesAdd, {chosen.calls} calls each way, interleaved (Saleor {figures['saleor']}):\n"
            f"  plugin off   median {figures['off_ms']:.2f} ms, p95 {figures['off_p95_ms']:.2f} ms\n"
            f"  plugin on    median {figures['on_ms']:.2f} ms, p95 {figures['on_p95_ms']:.2f} ms\n"
            f"  difference   median {figures['added_ms']:+.2f} ms a call, ratio {figures['ratio']:.3f}\n"
            f"  our own statement takes {figures['statement_ms']:.2f} ms (median)"
        )
    return 0


def measure(calls: int) -> dict[str, Any]:
    """Return medians and 95th percentiles in milliseconds, their difference and ratio."""
    import saleor
    from django.db import connection
    from django.test import Client
    from saleor.checkout.models import Checkout
    from saleor.plugins.models import PluginConfiguration
    from saleor.product.models import ProductVariantChannelListing

    from saleor_mailflow import host
    from saleor_mailflow.models import Event

    host.ensure_shop()
    listing = (
        ProductVariantChannelListing.objects.filter(
            price_amount__gt=0, variant__product__channel_listings__is_published=True, channel__is_active=True
        )
        .select_related("variant", "channel")
        .order_by("pk")
        .first()
    )
    if listing is None:
        sys.exit("There is no product to put into a cart: run `manage.py populatedb` first.")
    variant = listing.variant
    tracked, variant.track_inventory = variant.track_inventory, False
    variant.save(update_fields=["track_inventory"])
    row, made = PluginConfiguration.objects.get_or_create(
        identifier=host.PLUGIN_ID, channel=None, defaults={"active": True, "name": "Mailflow", "configuration": []}
    )
    was = row.active
    client = Client()

    def post(query: str, **variables: Any) -> tuple[float, dict[str, Any]]:
        body = json.dumps({"query": query, "variables": variables})
        began = time.perf_counter()
        answer = client.post("/graphql/", body, content_type="application/json", HTTP_HOST="localhost")
        took = time.perf_counter() - began
        content = answer.json()
        if "errors" in content or next(iter(content["data"].values()))["errors"]:
            sys.exit(f"Saleor refused: {json.dumps(content)[:500]}")
        return took, next(iter(content["data"].values()))

    line = {"variantId": host_gid("ProductVariant", variant.pk), "quantity": 1}
    times: dict[bool, list[float]] = {True: [], False: []}
    statements: list[float] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            if "INSERT INTO mailflow_event" in str(sql):
                statements.append(time.perf_counter() - began)

    checkout, tokens = "", []
    try:
        with connection.execute_wrapper(watch):
            for number in range(2 * (calls + 10)):
                if number % FULL == 0:
                    given = {"channel": listing.channel.slug, "lines": [line], "email": "bench@example.com"}
                    _, created = post(CREATE, i=given)
                    checkout = created["checkout"]["id"]
                    tokens.append(created["checkout"]["token"])
                # on off off on …: neither always follows the other
                on = number % 4 in {0, 3}
                PluginConfiguration.objects.filter(pk=row.pk).update(active=on)
                took, _ = post(MUTATION, id=checkout, lines=[line])
                if number >= 20:
                    times[on].append(took * 1000)
    finally:
        Checkout.objects.filter(token__in=tokens).delete()
        Event.objects.filter(subject__in=tokens).delete()
        variant.track_inventory = tracked
        variant.save(update_fields=["track_inventory"])
        if made:
            row.delete()
        else:
            PluginConfiguration.objects.filter(pk=row.pk).update(active=was)
    on_ms, off_ms = statistics.median(times[True]), statistics.median(times[False])
    if not statements:
        sys.exit("No hook recorded anything, so nothing was measured. Is Mailflow installed in this Saleor?")
    return {
        "saleor": saleor.__version__,
        "calls": calls,
        "off_ms": off_ms,
        "on_ms": on_ms,
        "off_p95_ms": statistics.quantiles(times[False], n=20)[18],
        "on_p95_ms": statistics.quantiles(times[True], n=20)[18],
        "added_ms": on_ms - off_ms,
        "ratio": on_ms / off_ms,
        "statement_ms": statistics.median(statements) * 1000,
        "share": (on_ms / off_ms - 1) * 100,
        "shares": _shares(times),
    }


def _shares(times: dict[bool, list[float]]) -> list[float]:
    """Return the added time in per cent, of each third of the calls."""
    third = len(times[True]) // 3
    parts = [(times[True][at : at + third], times[False][at : at + third]) for at in (0, third, 2 * third)]
    return [(statistics.median(on) / statistics.median(off) - 1) * 100 for on, off in parts]


def figure(found: dict[str, Any]) -> dict[str, Any]:
    """Return what was measured in the form of docs/benchmarks/latest.json, in per cent; each half is a round."""
    return {
        "name": f"hooks' share of checkoutLinesAdd in Saleor {found['saleor']}",
        "value": round(found["share"], 3),
        "goal": 2.0,
        "better": "lower",
        "rounds": [round(one, 3) for one in found["shares"]],
        "unit": "%",
        "note": (
            f"{found['off_ms']:.1f} ms without; our statement {found['statement_ms']:.2f} ms; {found['calls']} calls"
        ),
    }


def host_gid(kind: str, pk: object) -> str:
    """Return the global id that Saleor's API knows a row by."""
    from saleor_mailflow.shop.orm.references import reference

    return reference(kind, pk)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
