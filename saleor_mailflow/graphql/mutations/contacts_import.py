"""``contactsImport``: people taken in from another system's file, with what they agreed to there."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import graphene

from saleor_mailflow.audience.contact_import import import_contacts
from saleor_mailflow.audience.said import UMBRELLA
from saleor_mailflow.audit import record_audit
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.contact import ImportRefusal
from saleor_mailflow.models import Topic

#: Lines in one call; longer files come in pieces, each with the header.
MOST = 5_000


class ContactsImport(BaseMutation):
    """People are taken in from a file."""

    class Meta:
        description = (
            f"Take people in from CSV with a header line, {MOST} lines at most in one call, or only say what that would"
            " come to. Everybody in it agreed to mail where source says. Who said no here stays out. Safe to repeat."
        )

    class Arguments:
        csv = graphene.String(required=True, description="The lines, the first of which names the columns.")
        source = graphene.String(required=True, description="Where these people agreed, such as: Mailchimp list 2025.")
        topic = graphene.String(default_value=UMBRELLA, description="What they agreed to; marketing is all mail.")
        entity = graphene.String(default_value="", description="The sending entity; empty is the whole shop.")
        dry_run = graphene.Boolean(required=True, description="True only says what would be done.")

    read = graphene.Int(description="How many lines were read.")
    new = graphene.Int(description="How many people were, or would be, new.")
    consents = graphene.Int(description="How many yeses were, or would be, noted.")
    refusals = graphene.List(graphene.NonNull(ImportRefusal), description="Lines that were refused, and why.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, source: str, topic: str, entity: str, dry_run: bool, **said: str
    ) -> dict[str, Any]:
        """Do it."""
        text = said["csv"].removeprefix("\ufeff")
        lines = text.count("\n")
        if lines > MOST + 1:
            raise Wrong(f"This is {lines} lines; send {MOST} at most, each piece with the header.", field="csv")
        if not source.strip():
            raise Wrong("Say where these people agreed, such as: Mailchimp list 2025.", field="source", code="REQUIRED")
        if topic != UMBRELLA and not Topic.objects.filter(shop=context.shop, key=topic).exists():
            raise Wrong(f"There is no topic {topic[:60]!r} in this shop.", field="topic", code="NOT_FOUND")
        try:
            done = import_contacts(
                context.shop.pk,
                StringIO(text, newline=""),
                source=source.strip()[:200],
                now=context.now,
                topic=topic,
                entity=entity,
                dry_run=dry_run,
            )
        except (csv.Error, ValueError) as error:
            sentence = str(error) if type(error) is ValueError else "It cannot be read as CSV."
            raise Wrong(f"{sentence} Earlier lines, if any, were taken in; send it again.", field="csv") from error
        if not dry_run:
            after = {"source": source, "new": done.new, "consents": done.consents, "refused": len(done.refused)}
            record_audit(context.shop, context.actor, "contacts.imported", "contacts", after=after, at=context.now)
        refusals = [ImportRefusal(line=line, because=because) for line, because in done.refused]
        return {"read": done.read, "new": done.new, "consents": done.consents, "refusals": refusals}
