"""What settles a message of unknown fate: the provider's word that it has the mail. Refuses to guess without one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

# What it was handed over with is not known any more where the worker died; what is known stays.
_SETTLE = """
UPDATE mailflow_message
SET state = 'accepted', reason = '', detail = detail || '{"settled": "provider"}'::jsonb,
    provider = CASE WHEN %(provider)s = '' THEN provider ELSE %(provider)s END,
    provider_message_id = CASE WHEN %(given)s = '' THEN provider_message_id ELSE %(given)s END
WHERE shop_id = %(shop)s AND uuid = %(uuid)s AND state = 'unknown' AND intent_at IS NOT NULL
"""


def settle(shop_id: int, uuid: UUID, *, provider: str = "", provider_message_id: str = "") -> bool:
    """Take a provider's word about our message ``uuid``, whatever it is, as proof that it was taken.

    Returns whether it was unknown till now; safe to repeat, and to call for messages that are not. A mail that came
    back was taken as well: what the word means for the person is not decided here. One that is being handed over has no
    fate yet: ask again when its worker, or the end of its lease, has given it one.
    """
    values: dict[str, Any] = {"shop": shop_id, "uuid": uuid, "provider": provider, "given": provider_message_id[:255]}
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, values)
        return bool(cursor.rowcount)
