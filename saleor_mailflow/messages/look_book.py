"""Save and take back how a channel's mails look, with who did it. Refuses what mails could not use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from saleor_mailflow.audit import record_audit
from saleor_mailflow.messages.looks import look_from_json
from saleor_mailflow.models import Brand, Shop


def save_look(shop: Shop, channel: str, values: Mapping[str, Any], *, actor: str, at: datetime) -> Brand:
    """Keep the look of a channel ("" for every channel without one) in place of what it was; return its row.

    ``values`` are those of ``looks.look_from_json``. Raises ConfigurationError, naming the key, for what mails cannot
    use.
    """
    look_from_json(values)
    with transaction.atomic():
        before = Brand.objects.select_for_update().filter(shop=shop, channel=channel[:255]).first()
        row, _ = Brand.objects.update_or_create(
            shop=shop, channel=channel[:255], defaults={"values": dict(values), "updated_at": at}
        )
        was = before.values if before is not None else None
        if was != row.values:
            record_audit(shop, actor, "brand.saved", f"brand:{channel[:150]}", was, row.values, at)
        return row


def drop_look(shop: Shop, channel: str, *, actor: str, at: datetime) -> bool:
    """Take a channel's own look back, so that it looks as all others; return whether there was one."""
    with transaction.atomic():
        row = Brand.objects.select_for_update().filter(shop=shop, channel=channel[:255]).first()
        if row is None:
            return False
        record_audit(shop, actor, "brand.dropped", f"brand:{channel[:150]}", row.values, None, at)
        row.delete()
        return True
