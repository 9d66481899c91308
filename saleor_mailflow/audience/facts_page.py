"""Write docs/reference/audience.md: ``python -m saleor_mailflow.audience.facts_page > docs/reference/audience.md``.

Refuses to say anything that the code does not hold: every figure and fact is read from where it is used.
"""

from __future__ import annotations

import os
import sys

_HEAD = """# People: what is reckoned about them, and what may be asked

Written by `python -m saleor_mailflow.audience.facts_page`; do not edit.

Everything here is reckoned from Mailflow's own tables of orders, carts, mails and consent, and can be thrown away and
reckoned again. Whatever changes about somebody is reckoned within a tick; what goes by time alone, every night.

## Orders and money

* An order counts unless it is a draft, expired or cancelled. What it was worth is its total less what was refunded, by
  currency; currencies are never added up or converted.
* `spent_12m` and the VIP line look back {year} days from the moment of reckoning.
* **Usual gap**: the median of the days between orders, for whoever ordered on three days or more. Several orders on one
  day (in the shop's own time zone, the setting `timezone` under `*`) are one.
* **The shop's usual gap** stands in for everybody else's: the gap within which four fifths of all gaps of all
  customers lie (80th percentile). Until there are {fewest_gaps} gaps it is {until_known:g} days; of more than
  {people} people a fixed sample is taken.

## Stage of life

The first that holds:

| stage | who |
| --- | --- |
| lost | said no to marketing mail, or the address is suppressed |
| new | bought nothing, first seen less than {new_for} days ago |
| active | bought nothing, a sign of life (order, cart, click of a person; or first seen) in the last {silent} days |
| dormant | bought nothing, the last sign of life longer ago than that; or a customer who is missed |
| lost | the same for {lost} days |
| vip | a customer above the VIP line |
| customer | everybody else who bought |

A customer is missed who has not ordered for {factor} times their usual gap: not within {least} days, and after
{most} days whatever the gap.

## Marks: recency, frequency, value

Every night four lines are drawn among all who bought (no staff): the 20th, 40th, 60th and 80th percentile;
of more than {people} people a fixed sample says where.

    recency   = 1 + how many lines lie before the last order
    frequency = 1 + how many lines lie below the number of orders
    value     = 1 + how many lines lie below what was spent, in the currency where that is most

So each is 1 to 5, equal people have equal marks, and in a shop where nearly everybody ordered once nearly everybody's
frequency is 1. Who never bought has no marks.

## VIPs

Every night the line is drawn per currency: by default above what {share} % of the buyers of the last twelve months
spent, once there are {fewest_buyers} of them; a flow may name amounts or a number of orders instead. Orders younger
than {settled} days do not count, since they may still go back. Whoever stands above it for the first time gets the
occasion `vip.reached`; the first night, a night after the line was changed and one after {stale} days without any tell
nobody. Leaving is silent, and {again} days later somebody may cross again.

## Who is missed

The trigger `quiet_for` finds a customer once `last order + factor x usual gap` is over, each time once. Not while an
order of theirs is unconfirmed or not on its way, for {open_for} days at most; never staff. When the shop's own gap
becomes shorter, those who are carried over the line by that cross at that moment, and nobody falls through.

## Birthdays

From the metadata key or customer attribute that the settings name (`birthday_key`), as `1990-06-15`. It counts once it
is known for the days that the flow says, changes at most once a year, and begins in the morning where the person is:
their own time zone, else their country's, else the channel's, else the shop's. The 29th of February is kept on the 28th
in other years.

## Segments

A segment is a saved condition over the facts of a contact below. Erased people and staff are in none. It is counted as
it is now; above {exact} contacts, or where that takes longer than {patience:g} s, a sample is counted and the figure
says so. A flow may begin with coming into a segment (`segment.entered`): that is looked at every night, and whoever was
in it before the first look did not come in. `mailflow segments` lists, saves, counts and deletes them:

    mailflow segments save loyal --name "Loyal" --when '{{"fact": "contact.orders", "op": "at_least", "value": 3}}'

## What may be asked

A condition is `{{"fact": …, "op": …, "value": …, "of": …}}`, or `{{"all": […]}}`, `{{"any": […]}}`, `{{"not": …}}` of
such. What is not known is neither true nor false: every comparison of it is false, but `unknown`, `no`, `is_not` and
`has_not`.

| kind | compared by |
| --- | --- |
{operators}

| fact | kind | of | what it is | in segments |
| --- | --- | --- | --- | --- |
{facts}

`mail.clicked_link` is of the step and a part of the link's address, such as `guide /sale`; clicks of scanners and other
machines count nowhere. `contact.segment` is answered as of now. `order.total` and `basket.total` are known in their own
currency only.
"""


def page() -> str:
    """Return the page as Markdown."""
    # Imported here: the rows need Django to be set up, which ``python -m`` does below.
    from saleor_mailflow.audience import profiles, quiet, segments, usual_gap, vip
    from saleor_mailflow.flows.fact_table import FACTS, OPERATORS
    from saleor_mailflow.flows.triggers import Threshold

    kinds = [f"| {kind} | {', '.join(f'`{op}`' for op in ops)} |" for kind, ops in OPERATORS.items()]
    facts = [
        f"| `{name}` | {fact.kind} | {fact.of} | {fact.words}{' (unreliable)' if fact.unreliable else ''} | "
        f"{'yes' if name.startswith('contact.') else ''} |"
        for name, fact in FACTS.items()
    ]
    line = Threshold()
    return _HEAD.format(
        year=vip.YEAR.days,
        fewest_gaps=usual_gap.FEWEST,
        until_known=usual_gap.UNTIL_KNOWN,
        people=f"{usual_gap.PEOPLE:,}".replace(",", " "),
        new_for=profiles.NEW_FOR.days,
        silent=profiles.SILENT.days,
        lost=profiles.LOST.days,
        factor=profiles.FACTOR,
        least=usual_gap.LEAST.days,
        most=usual_gap.MOST.days,
        share=100 - line.percent,
        fewest_buyers=vip.FEWEST,
        settled=line.settled.days,
        stale=vip.STALE.days,
        again=vip.AGAIN_AFTER.days,
        open_for=quiet.OPEN_FOR.days,
        exact=f"{segments.EXACT_UP_TO:,}".replace(",", " "),
        patience=segments.PATIENCE_MS / 1000,
        operators="\n".join(kinds),
        facts="\n".join(facts),
    )


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_mailflow.service.settings")
    django.setup()
    sys.stdout.write(page())
