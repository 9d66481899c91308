"""Write docs/reference/law.md from the table: ``python -m saleor_mailflow.audience.law_page > docs/reference/law.md``.

Refuses to say anything that the code does not answer: every cell is asked of ``audience.law.required``.
"""

from __future__ import annotations

import sys

from babel import Locale

from saleor_mailflow.audience.law import Need, required
from saleor_mailflow.audience.law_table import TABLE, Country
from saleor_mailflow.flows.kinds import MailKind

_COLUMNS = (MailKind.CART, MailKind.MARKETING, MailKind.REVIEW, MailKind.SERVICE_OFFER)
_WORDS = {Need.CONSENT: "consent", Need.EXISTING_CUSTOMER: "customer", Need.NONE: "–"}

_HEAD = """# Who may be written to: the law by country

Written by `python -m saleor_mailflow.audience.law_page`; do not edit. No legal advice: it is what Mailflow asks for
while a channel's lawful basis is `auto`, and it errs on the strict side.

* **consent**: a yes of this person. **customer**: a yes, or a purchase from you. **–**: nothing, until they say no.
* Transactional mail is always allowed. A no is a no everywhere, whatever the table says.
* A country that is not listed, and an unknown one, asks for consent.
* In most of Europe customers may also get *marketing* about similar goods if they were told so, and could refuse, when
  they bought. Only you know whether your checkout does that: then set the channel's lawful basis to
  `existing_customer`, or edit the table.

The merchant's edits are lines such as `DE.cart = consent` or `*.marketing = existing_customer`: a country code or `*`,
a kind of mail (`cart`, `marketing`, `review`, `service_offer`), and `consent`, `existing_customer` or `none`. A line
for a country comes before one for `*`, and the channel's lawful basis before both. Every answer names what decided.

| country | cart | marketing | review request | offer in a transactional mail | statute | source |
| --- | --- | --- | --- | --- | --- | --- |
"""


def page() -> str:
    """Return the page as Markdown, countries by their English names."""
    names = Locale("en").territories
    rows = sorted(TABLE.values(), key=lambda row: names[row.code])
    return _HEAD + "".join(f"{_line(row, names[row.code])}\n" for row in rows)


def _line(row: Country, name: str) -> str:
    cells = [_cell(required(kind, row.code).needs, row) for kind in _COLUMNS]
    statute = "; ".join(dict.fromkeys(part for part in (row.statute, row.customers, row.reviews) if part))
    return f"| {name} ({row.code}) | {' | '.join(cells)} | {statute} | {row.source} |"


def _cell(needs: Need, row: Country) -> str:
    if needs is Need.EXISTING_CUSTOMER and row.customer_for is not None:
        return f"{_WORDS[needs]} of the last {row.customer_for.days} days"
    return _WORDS[needs]


if __name__ == "__main__":
    sys.stdout.write(page())
