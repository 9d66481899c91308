"""A flow tried on the shop's past, as the API shows it, with what the figures do not say."""

from __future__ import annotations

import graphene

from saleor_mailflow.flows.backtest import Backtest
from saleor_mailflow.flows.fact_table import FACTS
from saleor_mailflow.flows.reasons import sentence
from saleor_mailflow.graphql.types.common import Count

ALWAYS = (
    "Who may be written to, limits, quiet hours and clicks are not in these figures: they are the most that would go "
    "out. Shadow mode shows the rest."
)


class FlowBacktest(graphene.ObjectType):
    """What a flow would have come to."""

    class Meta:
        description = "What a flow would have come to over the last days, had it been on. Nothing was written or sent."

    since = graphene.DateTime(required=True, description="From when on it was tried.")
    until = graphene.DateTime(required=True, description="Up to when; mails that would come due later are left out.")
    crossed = graphene.Int(required=True, description="How many met what starts it.")
    entered = graphene.Int(
        required=True, description="How many of them its filter and its rule of coming again let in."
    )
    mails = graphene.Int(required=True, description="How many mails would have come due.")
    codes = graphene.Int(required=True, description="How many codes would have been reserved.")
    exact = graphene.Boolean(required=True, description="False where a part was gone through and projected.")
    days = graphene.List(
        graphene.NonNull(Count),
        required=True,
        description="Mails by day, such as 2026-03-31; days without are left out.",
    )
    steps = graphene.List(graphene.NonNull(Count), required=True, description="Mails by step.")
    left = graphene.List(
        graphene.NonNull(Count), required=True, description="Why people would have left before the last step."
    )
    caveats = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="What the figures do not say, in sentences."
    )


def backtest_answer(found: Backtest) -> FlowBacktest:
    """Return what was found as the API shows it."""
    return FlowBacktest(
        since=found.since,
        until=found.until,
        crossed=found.crossed,
        entered=found.entered,
        mails=found.mails,
        codes=found.codes,
        exact=found.part >= 1,
        days=[Count(key=day.isoformat(), count=count, sentence="") for day, count in found.by_day.items()],
        steps=[Count(key=step, count=count, sentence="") for step, count in found.by_step.items()],
        left=[Count(key=why, count=count, sentence=sentence(why)) for why, count in sorted(found.left.items())],
        caveats=list(_caveats(found)),
    )


def _caveats(found: Backtest) -> list[str]:
    said = [ALWAYS]
    if found.unknown:
        names = ", ".join(FACTS[fact].words for fact in found.unknown)
        said.append(f"The past does not say: {names}. It is taken as not known.")
    if found.part < 1:
        said.append(f"One entry in {round(1 / found.part)} was gone through; the figures are projected from these.")
    return said
