"""The people of a condition as rows of contacts, for lists that are paged, sorted and filtered further."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from saleor_mailflow.audience.condition_sql import where
from saleor_mailflow.audience.contact_facts import COUNTED, PEOPLE
from saleor_mailflow.audience.segments import saved
from saleor_mailflow.flows.conditions import Condition
from saleor_mailflow.models import Contact


def picked_out(shop_id: int, condition: Condition, *, now: datetime) -> QuerySet[Contact]:
    """Return the contacts whom ``condition`` picks out now. Raises ConfigurationError as ``condition_sql.where``."""
    asked = where(condition, now=now, named=saved(shop_id))
    ids = RawSQL(  # noqa: S611 - our own names, the merchant's values as parameters
        f"SELECT c.id FROM {PEOPLE} WHERE c.shop_id = %s AND {COUNTED} AND ({asked.text})",  # noqa: S608 - the same
        [shop_id, *asked.params],
    )
    return Contact.objects.filter(shop_id=shop_id, pk__in=ids)
