"""A shop known only by what it told us: signed webhooks fill the read model, and nothing can be asked back.

Refuses to pretend to be live: where the shop itself would be asked, the read model's word counts instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from saleor_mailflow.shop.gateway import BuyerQuestion, ShopIdentity
from saleor_mailflow.shop.snapshots import CheckoutSnapshot, CustomerSnapshot, OrderSnapshot


class PayloadShop:
    """The gateway of a shop that speaks only by webhooks."""

    live = False

    def identity(self) -> ShopIdentity | None:
        """Return None: the door already refuses webhooks of any other shop."""
        return None

    def checkouts(self, tokens: Collection[str]) -> Mapping[str, CheckoutSnapshot]:
        """Return nothing; not asked, since ``live`` is false."""
        return {}

    def orders(self, order_ids: Collection[str]) -> Mapping[str, OrderSnapshot]:
        """Return nothing; not asked, since ``live`` is false."""
        return {}

    def customers(self, user_refs: Collection[str]) -> Mapping[str, CustomerSnapshot]:
        """Return nothing; not asked, since ``live`` is false."""
        return {}

    def bought(self, questions: Collection[BuyerQuestion]) -> Mapping[int, str]:
        """Return nothing: recorded purchases are asked anyway."""
        return {}

    def changed_checkouts(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return nothing: there is nothing to sweep."""
        return []

    def changed_orders(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return nothing: there is nothing to sweep."""
        return []

    def changed_customers(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return nothing: there is nothing to sweep."""
        return []

    def count(self, family: str) -> int:
        """Return 0: there is nothing to fill from."""
        return 0

    def pages(self, family: str, after: str, size: int) -> Iterator[list[str]]:
        """Yield nothing: there is nothing to fill from."""
        return iter(())
