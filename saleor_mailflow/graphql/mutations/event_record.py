"""``eventRecord``: something happened to a person, as another system says."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import graphene

from saleor_mailflow.audience.custom_events import record_custom
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.find import contact_row
from saleor_mailflow.graphql.scalars import JSONString


class EventRecord(BaseMutation):
    """Record an event."""

    class Meta:
        description = (
            "Record that something happened to a person, for flows that begin with it or wait for it. Sent again with "
            "the same key it changes nothing."
        )

    class Arguments:
        contact = graphene.ID(required=True, description="The contact's global id.")
        name = graphene.String(required=True, description="What happened, as flows name it: survey.answered.")
        key = graphene.String(required=True, description="Tells this event from the next one of its name.")
        at = graphene.DateTime(description="When it happened; left out, now.")
        facts = JSONString(description="A JSON object of small facts for mails and conditions; never an address.")

    new = graphene.Boolean(description="Whether it was not known before.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, contact: str, name: str, key: str, at: Any = None, facts: Any = None
    ) -> dict[str, Any]:
        """Record it."""
        if facts is not None and not isinstance(facts, dict):
            raise Wrong("facts is a JSON object.", field="facts")
        when = context.now if at is None else at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        row = contact_row(context, contact)
        fresh = record_custom(context.shop, row, name=name, key=key, at=when, facts=facts or {}, now=context.now)
        return {"new": fresh}
