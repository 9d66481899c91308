"""The question what a flow would have come to, had it been on. Refuses to be asked of what cannot run."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.backtest import MOST_DAYS, backtest
from saleor_mailflow.flows.unfinished import read_unfinished
from saleor_mailflow.graphql.errors import BadRequest
from saleor_mailflow.graphql.types.backtest import FlowBacktest, backtest_answer
from saleor_mailflow.graphql.types.flow_shown import shown_flow
from saleor_mailflow.models import FlowDraft


class BacktestQueries:
    """What would have been, mixed into Query."""

    flow_backtest = graphene.Field(
        FlowBacktest,
        key=graphene.String(required=True, description="The flow's name in code."),
        days=graphene.Int(default_value=30, description=f"Over how many days up to now, 1 to {MOST_DAYS}."),
        draft=graphene.Boolean(default_value=False, description="Try its draft, not what people enter now."),
        description="A flow tried on the shop's own past; null where nothing in the past could start it.",
    )

    @staticmethod
    def resolve_flow_backtest(root: None, info: graphene.ResolveInfo, key: str, days: int, draft: bool) -> Any:
        """Try it; some seconds at most."""
        context = info.context
        if not 1 <= days <= MOST_DAYS:
            raise BadRequest(f"A flow is tried on 1 to {MOST_DAYS} days of the past; {days} is not that.")
        if draft:
            row = FlowDraft.objects.filter(shop=context.shop, flow_key=key).first()
            flow, findings = read_unfinished(row.definition) if row is not None else (None, ())
            if flow is None:
                raise BadRequest(findings[0].text if findings else f"There is no draft of the flow {key[:60]!r}.")
        else:
            shown = shown_flow(context, key)
            flow = shown.definition if shown is not None else None
            if flow is None:
                raise BadRequest(f"There is no flow {key[:60]!r}.")
        found = backtest(context.shop, flow, now=context.now, days=days, zones=context.settings.timezone)
        return backtest_answer(found) if found is not None else None
