"""Rows that mutations are about. Refuses rows of another shop as if there were none."""

from __future__ import annotations

from saleor_mailflow.graphql.answer import Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.ids import number_of
from saleor_mailflow.models import Contact


def contact_row(context: Context, given: str) -> Contact:
    """Return a contact by global id. Raises Wrong where there is none, or they were erased."""
    found = Contact.objects.filter(shop=context.shop, pk=number_of("Contact", given)).first()
    if found is None:
        raise Wrong("There is no such contact in this shop.", field="id", code="NOT_FOUND")
    if found.erased_at is not None:
        raise Wrong("This person was erased; there is nobody to change.", field="id", code="NOT_NOW")
    return found
