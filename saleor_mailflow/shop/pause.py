"""Hold all mail of a shop, and let it go on. Refuses to lose anything: what waits keeps its own time limit."""

from __future__ import annotations

from datetime import datetime

from saleor_mailflow.audit import record_audit
from saleor_mailflow.models import Shop


def set_paused(shop: Shop, paused: bool, *, actor: str, at: datetime) -> None:
    """Pause or resume all mail of a shop, and note who did it. Doing it twice changes and notes nothing."""
    if (shop.paused_at is not None) == paused:
        return
    shop.paused_at = at if paused else None
    shop.save(update_fields=["paused_at"])
    record_audit(shop, actor, "mail.paused" if paused else "mail.resumed", "shop", at=at)
