"""``topics``: the kinds of mail that people can choose one by one: list, add or change, close."""

from __future__ import annotations

import argparse
import re
from typing import Any

from saleor_mailflow import clock
from saleor_mailflow.audience.topic_book import check_key, close_topic, save_topic
from saleor_mailflow.audit import COMMAND_LINE
from saleor_mailflow.cli.output import Output
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Shop, Topic
from saleor_mailflow.shop.connect import the_shop

HELP = "list the kinds of mail that people can choose, add or change one, or close it"


def add(parser: argparse.ArgumentParser) -> None:
    """Add what to do, with which topic, and what it is called."""
    parser.add_argument("action", choices=("list", "add", "close"))
    parser.add_argument("key", nargs="?", default="", help="such as offers")
    parser.add_argument("--name", action="append", default=[], metavar="LANGUAGE=TEXT", help="such as en=Offers")
    parser.add_argument("--description", action="append", default=[], metavar="LANGUAGE=TEXT", help="one sentence")
    parser.add_argument("--position", type=int, default=0, help="the order on the page")


def handle(args: argparse.Namespace, output: Output) -> int:
    """List, add, change or close. A closed topic is no longer offered; what people said about it is kept."""
    shop = the_shop(args.shop)
    if args.action == "list":
        return _list(shop, output)
    check_key(args.key)
    return _add(shop, args, output) if args.action == "add" else _close(shop, args.key, output)


def _list(shop: Shop, output: Output) -> int:
    rows: list[dict[str, Any]] = [
        {"key": t.key, "names": t.names, "descriptions": t.descriptions, "active": t.active}
        for t in Topic.objects.filter(shop=shop).order_by("position", "id")
    ]
    if output.json:
        output.data(rows)
    elif not rows:
        output.say("There are no topics: people choose all mail or none. Add one: mailflow topics add KEY --name en=…")
    else:
        output.table(
            "Topics", ("key", "name", ""), [(r["key"], _name(r), "" if r["active"] else "closed") for r in rows]
        )
    return 0


def _name(row: dict[str, Any]) -> str:
    return ", ".join(f"{language}: {text}" for language, text in row["names"].items())


def _add(shop: Shop, args: argparse.Namespace, output: Output) -> int:
    names, descriptions = _texts(args.name, "name"), _texts(args.description, "description")
    topic = save_topic(
        shop,
        args.key,
        names=names,
        descriptions=descriptions,
        position=args.position,
        actor=COMMAND_LINE,
        at=clock.now(),
    )
    output.say(f"People can choose {args.key} from now on: on the page behind “Choose what you get”, and in forms.")
    if output.json:
        output.data({"key": args.key, "names": topic.names, "descriptions": topic.descriptions, "active": True})
    return 0


def _close(shop: Shop, key: str, output: Output) -> int:
    if not close_topic(shop, key, actor=COMMAND_LINE, at=clock.now()):
        output.refuse(f"There is no open topic {key!r}.")
        return 1
    output.say(f"{key} is no longer offered. What people said about it is kept.")
    if output.json:
        output.data({"key": key, "active": False})
    return 0


def _texts(given: list[str], what: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given:
        language, equals, text = one.partition("=")
        if not equals or not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", language.strip()) or not text.strip():
            raise ConfigurationError(f"{one[:60]!r} is no {what}: write it as en=Offers.", key="topics")
        found[language.strip()] = text.strip()[:200]
    return found
