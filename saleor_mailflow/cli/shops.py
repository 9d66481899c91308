"""``shops``: which shops a standalone service serves, and their settings. Inside Saleor there is just one."""

from __future__ import annotations

import argparse
from urllib.parse import urlsplit

from saleor_mailflow import clock, host
from saleor_mailflow.audit import COMMAND_LINE, difference, record_audit
from saleor_mailflow.cli.output import Output, counted
from saleor_mailflow.conf import SETTING_KEYS, read_settings
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import LinkKey, Shop
from saleor_mailflow.shop.connect import the_shop
from saleor_mailflow.vault import sealed_settings

HELP = "list or add the shops of a standalone service, set what they need, or seal their secrets anew"


def add(parser: argparse.ArgumentParser) -> None:
    """Add what to do with which shop."""
    parser.add_argument("action", choices=("list", "add", "set", "reseal"))
    parser.add_argument(
        "values", nargs="*", help="add: the shop's GraphQL address; set: KEY=VALUE …, lines separated by |"
    )


def handle(args: argparse.Namespace, output: Output) -> int:
    """List, add, set or reseal."""
    if host.inside_saleor():
        raise ConfigurationError("Inside Saleor there is one shop; its settings are on the plugin's page.", key="shops")
    if args.action == "add":
        return _add(args.values, output)
    if args.action == "set":
        return _set(the_shop(args.shop), args.values, output)
    if args.action == "reseal":
        return _reseal(output)
    shops = list(Shop.objects.order_by("domain"))
    rows = [(s.domain, s.api_url, "installed" if s.installed else "removed") for s in shops]
    output.table("Shops", ("domain", "address", "state"), rows)
    if output.json:
        output.data([{"domain": domain, "api_url": url, "state": state} for domain, url, state in rows])
    return 0


def _add(values: list[str], output: Output) -> int:
    parts = urlsplit(values[0] if len(values) == 1 else "")
    if parts.scheme not in {"https", "http"} or not parts.netloc:
        seen = " ".join(values)
        raise ConfigurationError(f"{seen!r} is no address; write https://shop.example/graphql/.", key="shops")
    shop, fresh = Shop.objects.update_or_create(
        domain=parts.netloc.lower(), defaults={"api_url": values[0], "road": Shop.Road.APP, "installed": True}
    )
    if fresh:
        LinkKey.objects.create(shop=shop)
        record_audit(shop, COMMAND_LINE, "shop.added", "shop", after={"api_url": shop.api_url}, at=clock.now())
    output.say(f"{shop.domain} may send webhooks to /webhooks/saleor/ now. Next: mailflow shops set sender_email=…")
    if output.json:
        output.data({"domain": shop.domain, "new": fresh})
    return 0


def _set(shop: Shop, values: list[str], output: Output) -> int:
    """Keep settings; what cannot be read is said and kept out of use, nothing is lost."""
    changed = dict(shop.settings)
    for value in values:
        key, equals, text = value.partition("=")
        if not equals or key not in SETTING_KEYS:
            raise ConfigurationError(
                f"{key[:20] if equals else 'A word'} is not KEY=VALUE; keys are {', '.join(SETTING_KEYS)}.", key="shops"
            )
        changed[key] = text.replace("|", "\n")
    problems = read_settings(changed).problems
    _keep(shop, sealed_settings(changed), "settings.changed")
    output.say(
        f"{counted(len(values), 'setting', 'settings')} of {shop.domain} {'is' if len(values) == 1 else 'are'} kept."
    )
    for problem in problems:
        output.say(f"{problem.key}: {problem.text}")
    if output.json:
        output.data({"set": [value.partition("=")[0] for value in values], "problems": problems})
    return 1 if problems else 0


def _reseal(output: Output) -> int:
    """Seal every secret with the newest key, so that the old one can be taken away. All shops or none."""
    shops = list(Shop.objects.order_by("domain"))
    fresh = [sealed_settings(shop.settings, anew=True) for shop in shops]
    for shop, settings in zip(shops, fresh, strict=True):
        _keep(shop, settings, "secrets.resealed")
    output.say(f"The secrets of {len(shops)} shops are sealed with the newest key.")
    if output.json:
        output.data({"shops": len(shops)})
    return 0


def _keep(shop: Shop, settings: dict[str, object], action: str) -> None:
    before, after = difference(shop.settings, settings)
    shop.settings = settings
    shop.save(update_fields=["settings"])
    if before or after:
        record_audit(shop, COMMAND_LINE, action, "settings", before, after, clock.now())
