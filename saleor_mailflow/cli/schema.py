"""``schema``: print the API's schema, as it is committed in ``graphql/schema.graphql``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from saleor_mailflow.cli.output import Output
from saleor_mailflow.exceptions import ConfigurationError

HELP = "print the schema of the GraphQL API, write it to a file, or check a file against it"


def add(parser: argparse.ArgumentParser) -> None:
    """Add where it goes."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="write it there")
    parser.add_argument("--permissions", action="store_true", help="the page of who may use what, instead")
    parser.add_argument("--check", type=Path, metavar="FILE", help="exit 1 unless FILE holds just this schema")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Print, write or check. Needs no database."""
    # Imported here: no other command needs the schema, which is large.
    from saleor_mailflow.graphql.permissions_page import permissions_page
    from saleor_mailflow.graphql.printing import printed
    from saleor_mailflow.graphql.schema import schema

    text = permissions_page() if args.permissions else printed(schema)
    if args.check is not None:
        same = args.check.is_file() and args.check.read_text(encoding="utf-8") == text
        if not same:
            output.refuse(f"{args.check} is not as it should be. Write it anew: mailflow schema --out {args.check}")
        return 0 if same else 1
    if args.out is None:
        sys.stdout.write(text)
        return 0
    try:
        args.out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{args.out} cannot be written: {error.strerror}.", key="out") from None
    output.say(f"It is in {args.out}.")
    return 0
