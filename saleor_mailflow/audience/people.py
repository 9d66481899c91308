"""What is true of people about whom there is no basket to look at, for a whole batch. Refuses to decide anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db import connection

from saleor_mailflow.audience.suppression import Suppressions, suppressions


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """A contact as far as it decides whether they stay in a flow."""

    erased: bool
    #: By sending entity; see ``audience.suppression.counting``.
    suppressed: Suppressions = field(default_factory=dict)


def see_people(shop_id: int, contact_ids: Collection[int]) -> Mapping[int, PersonFacts]:
    """Return {contact id: facts}; three queries, however many contacts."""
    if not contact_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, email, erased_at IS NOT NULL FROM mailflow_contact WHERE shop_id = %s AND id = ANY(%s)",
            [shop_id, list(contact_ids)],
        )
        rows = cursor.fetchall()
    refused = suppressions(shop_id, {email for _, email, erased in rows if not erased})
    return {one: PersonFacts(erased=erased, suppressed=refused.get(email, {})) for one, email, erased in rows}
