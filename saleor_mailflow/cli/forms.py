"""``forms``: sign-up forms of a shop: list them, add or change one from a file, look at it, print it for a page."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from saleor_mailflow import clock
from saleor_mailflow.audience.form_book import PARTS, save_form, switch_form
from saleor_mailflow.audit import COMMAND_LINE
from saleor_mailflow.cli.output import Output
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.messages.words import LANGUAGES
from saleor_mailflow.models import Shop, SignUp, SignUpForm
from saleor_mailflow.pages.sign_up_form import OpenForm, open_form
from saleor_mailflow.pages.snippet import address, snippet
from saleor_mailflow.shop.connect import the_shop

HELP = "sign-up forms: list, add, show, print for a page"


def add(parser: argparse.ArgumentParser) -> None:
    """Add what to do, with which form."""
    parser.add_argument("action", choices=("list", "add", "show", "snippet", "close", "open"))
    parser.add_argument("key", nargs="?", default="", help="the form's key, such as footer")
    parser.add_argument(
        "file", nargs="?", default="", help="add: what it asks, as JSON or YAML; without it the default"
    )
    parser.add_argument("--channel", default=None, help="add: the channel whose brand and sending entity it speaks for")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="snippet: the language of the form")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Do it."""
    shop = the_shop(args.shop)
    if args.action == "list":
        return _list(shop, output)
    if not args.key:
        raise ConfigurationError(f"Which form? Write: mailflow forms {args.action} KEY", key="form")
    if args.action == "add":
        return _add(shop, args, output)
    row = SignUpForm.objects.filter(shop=shop, key=args.key).first()
    if row is None:
        known = ", ".join(SignUpForm.objects.filter(shop=shop).order_by("key").values_list("key", flat=True))
        raise ConfigurationError(
            f"There is no form {args.key!r} (known: {known or 'none'}). Write: mailflow forms add {args.key}",
            key="form",
        )
    if args.action in {"close", "open"}:
        return _switch(row, shop, args.action == "open", output)
    if args.action == "show":
        return _show(row, shop, output)
    html = snippet(_opened(shop, row), args.language, clock.now())
    if output.json:
        output.data({"html": html})
    else:
        output.say(html)
    return 0


def _list(shop: Shop, output: Output) -> int:
    rows = list(SignUpForm.objects.filter(shop=shop).order_by("key"))
    counts = {row.key: _counts(row) for row in rows}
    if output.json:
        output.data([{"key": row.key, "open": row.active, **counts[row.key]} for row in rows])
        return 0
    if not rows:
        output.say("There is no sign-up form yet. Write: mailflow forms add footer")
    output.table(
        "Sign-up forms",
        ("form", "state", "asked", "confirmed"),
        [
            (row.key, "open" if row.active else "closed", counts[row.key]["asked"], counts[row.key]["confirmed"])
            for row in rows
        ],
    )
    return 0


def _counts(row: SignUpForm) -> dict[str, int]:
    asked = SignUp.objects.filter(form=row)
    return {"asked": asked.count(), "confirmed": asked.exclude(confirmed_at=None).count()}


def _add(shop: Shop, args: argparse.Namespace, output: Output) -> int:
    definition = _read(args.file) if args.file else {}
    row, made = save_form(shop, args.key, definition, channel=args.channel, actor=COMMAND_LINE, at=clock.now())
    output.say(f"The form {row.key!r} is {'there' if made else 'changed'}.")
    return _show(row, shop, output)


def _read(name: str) -> Mapping[str, Any]:
    path = Path(name)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path.name} cannot be read as text in UTF-8 ({type(error).__name__}).", key="form"
        ) from None
    try:
        # JSON first: YAML reads most of it, but not all.
        found = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = where.line + 1 if where is not None else getattr(error, "lineno", "?")
        raise ConfigurationError(
            f"{path.name} is not well-formed (line {line}). Mend it and try again.", key="form"
        ) from None
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path.name} must hold the parts of a form: {', '.join(sorted(PARTS))}.", key="form")
    return found


def _switch(row: SignUpForm, shop: Shop, active: bool, output: Output) -> int:
    switch_form(row, shop, active, actor=COMMAND_LINE, at=clock.now())
    output.say(f"The form {row.key!r} is {'open' if active else 'closed'} now.")
    if output.json:
        output.data({"key": row.key, "open": active})
    return 0


def _show(row: SignUpForm, shop: Shop, output: Output) -> int:
    if not row.active:
        output.say(f"The form {row.key!r} is closed. Open it with: mailflow forms open {row.key}")
        if output.json:
            output.data({"key": row.key, "open": False, "definition": row.definition})
        return 0
    one = _opened(shop, row)
    problems = list(one.form.problems)
    if output.json:
        addresses = {"page": address(one, "s"), "post": address(one, "subscribe")}
        output.data({"key": row.key, "open": True, "definition": row.definition, **addresses, "problems": problems})
        return 0
    asks = ", ".join(["email", *one.form.fields]) + (
        f"; topics {', '.join(one.form.topics)}" if one.form.topics else ""
    )
    output.say(f"Page    {address(one, 's')}\nPost to {address(one, 'subscribe')}\nAsks for {asks}.")
    output.say(f"May be embedded in: {', '.join(one.form.origins) or 'no page but ours (name some in origins)'}")
    for problem in problems:
        output.say(problem)
    return 0


def _opened(shop: Shop, row: SignUpForm) -> OpenForm:
    one = open_form(shop.domain, row.key)
    if one is None:
        raise ConfigurationError(
            f"Nobody can use the form {row.key!r} now: it is closed, or mailflow is switched off.", key="form"
        )
    return one
