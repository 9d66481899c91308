"""The page that says who may use what, written from the table itself. Refuses to say anything that is not in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from saleor_mailflow.graphql.permissions import OPERATIONS, TYPES, Rule

_BEGIN = """# Who may use what of the GraphQL API

Written by `mailflow schema --permissions` from the one table that every field asks. Of several permissions one is
enough. A type's row is asked wherever a field leads to that type, so nobody reaches a person's data by a detour.
How to send a token: [Drive it by GraphQL](../howto/graphql.md).
"""


def permissions_page() -> str:
    """Return the page, in Markdown. Always the same for the same table."""
    return "\n".join([_BEGIN, *_table("operation", OPERATIONS), "", *_table("type", TYPES), ""])


def _table(what: str, rows: Mapping[str, Rule]) -> Iterator[str]:
    yield f"| {what} | permission |"
    yield "| --- | --- |"
    for name in sorted(rows):
        yield f"| `{name}` | {_said(rows[name])} |"


def _said(rule: Rule) -> str:
    return "everybody" if rule is None else " or ".join(f"`{code}`" for code in sorted(rule))
