"""What every resolver of one request shares: the shop, the caller, the time, and rows already looked up.

Refuses to outlive its request: nothing here is kept for the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from django.http import HttpRequest

from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.graphql.caller import Caller
from saleor_mailflow.models import Shop
from saleor_mailflow.shop.connect import gateway_for
from saleor_mailflow.shop.gateway import ShopGateway
from saleor_mailflow.shop.settings import settings_of

T = TypeVar("T")


@dataclass
class Context:
    """One request: ``now`` is the same for all of it."""

    shop: Shop
    caller: Caller
    now: datetime
    request: HttpRequest
    _kept: dict[Any, Any] = field(default_factory=dict)

    @property
    def actor(self) -> str:
        """Return who asks, as the audit writes it."""
        return self.caller.actor or "anybody"

    @cached_property
    def settings(self) -> ShopSettings:
        """Return what the merchant has set. One query, once a request."""
        return settings_of(self.shop)

    @cached_property
    def gateway(self) -> ShopGateway:
        """Return the road to the shop."""
        return gateway_for(self.shop)

    def forget(self, key: Any) -> None:
        """Let what was found be found anew, after it was changed."""
        self._kept.pop(key, None)

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """Return what ``make`` returned the first time it was asked for under ``key`` in this request."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found
