"""Save and delete the offers that coupon steps give, with who did it. Refuses what no step could give."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from saleor_mailflow.audit import record_audit
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.steps import Coupon as CouponStep
from saleor_mailflow.flows.steps import walk
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Flow, Offer, Shop

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
MOST_VOUCHERS, MOST_DAYS = 10, 365


def save_offer(
    shop: Shop,
    key: str,
    *,
    name: str,
    vouchers: Sequence[str],
    shared_code: str = "",
    days: int = 14,
    margin_percent: int | None = None,
    active: bool = True,
    actor: str,
    at: datetime,
) -> Offer:
    """Keep an offer, new or changed, and return it. ``vouchers`` are the shop's references, the most generous first.

    Raises ConfigurationError, naming the field, for what no step could give. Codes that people have stay theirs.
    """
    if not _KEY.fullmatch(key):
        raise ConfigurationError(f"{key[:60]!r} is no key of an offer: use small letters, digits, - and _.", key="key")
    if not vouchers and not shared_code.strip():
        raise ConfigurationError("An offer needs a voucher of the shop, or a code for everybody.", key="vouchers")
    if len(vouchers) > MOST_VOUCHERS or any(not 0 < len(one) <= 100 for one in vouchers):
        raise ConfigurationError(f"An offer has {MOST_VOUCHERS} vouchers at most, by reference.", key="vouchers")
    if not 1 <= days <= MOST_DAYS:
        raise ConfigurationError(f"A code is good for 1 to {MOST_DAYS} days; {days} were given.", key="days")
    if margin_percent is not None and not 0 <= margin_percent <= 100:
        raise ConfigurationError(f"The margin is a percentage; {margin_percent} is none.", key="margin_percent")
    fresh: dict[str, Any] = {
        "name": (name.strip() or key)[:120],
        "vouchers": list(vouchers),
        "shared_code": shared_code.strip()[:255],
        "days": days,
        "margin_percent": margin_percent,
        "active": active,
    }
    with transaction.atomic():
        before = Offer.objects.select_for_update().filter(shop=shop, key=key).values(*fresh).first()
        offer, _ = Offer.objects.update_or_create(shop=shop, key=key, defaults=fresh)
        if before != fresh:
            record_audit(shop, actor, "offer.saved", f"offer:{key}", before, fresh, at)
        return offer


def delete_offer(shop: Shop, key: str, *, actor: str, at: datetime) -> None:
    """Delete an offer. Raises ConfigurationError where there is none, or a flow that is on gives it."""
    with transaction.atomic():
        offer = Offer.objects.select_for_update().filter(shop=shop, key=key).first()
        if offer is None:
            raise ConfigurationError(f"There is no offer {key[:60]!r}.", key="key")
        givers = [flow for flow, offers in _given_by(shop).items() if key in offers]
        if givers:
            raise ConfigurationError(
                f"The offer {key!r} is given by {', '.join(givers)}; change that flow or switch it off first.",
                key="key",
            )
        record_audit(shop, actor, "offer.deleted", f"offer:{key}", {"name": offer.name}, None, at)
        offer.delete()


def _given_by(shop: Shop) -> dict[str, set[str]]:
    """Return {flow: the offers that it gives} of the flows that are on."""
    rows = Flow.objects.filter(shop=shop, retired_at=None).exclude(mode=Flow.Mode.OFF).exclude(version=None)
    found = {}
    for flow in rows.select_related("version"):
        if flow.version is not None:
            steps = walk(definition_of(flow.version.pk, flow.version.digest).steps)
            found[flow.key] = {step.offer for step in steps if isinstance(step, CouponStep)}
    return found
