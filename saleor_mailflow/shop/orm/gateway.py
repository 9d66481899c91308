"""The gateway of a shop we live inside, by Saleor's writer rules. Refuses to be clever: each method is one read.

What writes writes one thing each: ``write_consent`` one metadata key, ``mint`` and ``unmint`` rows of codes.
``rebuild`` makes a checkout by Saleor's own mutation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from django.db.models import Model, QuerySet
from saleor.account.models import User
from saleor.channel.models import Channel
from saleor.checkout.models import Checkout
from saleor.order.models import Order

from saleor_mailflow import host
from saleor_mailflow.shop.gateway import BuyerQuestion, ConsentNote, ShopIdentity
from saleor_mailflow.shop.goods import (
    LostBasket,
    NewCode,
    ProductSnapshot,
    Rebuilt,
    VariantSnapshot,
    VoucherSnapshot,
)
from saleor_mailflow.shop.orm import vouchers
from saleor_mailflow.shop.orm.checkouts import read_checkouts
from saleor_mailflow.shop.orm.consent import write_consent
from saleor_mailflow.shop.orm.customers import read_customers
from saleor_mailflow.shop.orm.orders import read_orders
from saleor_mailflow.shop.orm.products import read_products, read_variants
from saleor_mailflow.shop.orm.purchases import read_purchases
from saleor_mailflow.shop.orm.references import primary_key, reference, uuids
from saleor_mailflow.shop.orm.restore import rebuild
from saleor_mailflow.shop.snapshots import ChannelSnapshot, CheckoutSnapshot, CustomerSnapshot, OrderSnapshot


class OrmShop:
    """The shop in the same database.

    Answers come from the writer, because a mail that is decided on a lagging replica reaches somebody who just bought.
    ``alias`` is for long reads that may lag, such as a backfill (``host.reader_alias()``).
    """

    live = True

    def __init__(self, alias: str = "default") -> None:
        self._alias = alias

    def identity(self) -> ShopIdentity | None:
        """Return this Saleor's public address and the thumbprint of its signing key."""
        return ShopIdentity(public_url=host.public_url(), key_fingerprint=host.signing_key_fingerprint())

    def checkouts(self, tokens: Collection[str]) -> Mapping[str, CheckoutSnapshot]:
        """Return the checkouts that exist, by token. Ten queries for any number of them."""
        with host.writer():
            return read_checkouts(tokens, self._alias)

    def orders(self, order_ids: Collection[str]) -> Mapping[str, OrderSnapshot]:
        """Return the orders that exist, by id. Six queries for any number of them."""
        with host.writer():
            return read_orders(order_ids, self._alias)

    def customers(self, user_refs: Collection[str]) -> Mapping[str, CustomerSnapshot]:
        """Return the accounts that exist, by reference. One query for any number of them."""
        with host.writer():
            return read_customers(user_refs, self._alias)

    def bought(self, questions: Collection[BuyerQuestion]) -> Mapping[int, str]:
        """Return, by ``BuyerQuestion.key``, the order number of a purchase that answers it. Two queries."""
        with host.writer():
            return read_purchases(questions, self._alias)

    def changed_checkouts(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return (token, last_change) of checkouts changed after ``since``, oldest first. See ``_changed``."""
        return [(str(key), at) for key, at in self._changed(Checkout, "last_change", since, limit)]

    def changed_orders(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return (order id, updated_at) of orders changed after ``since``, oldest first. See ``_changed``."""
        return [(str(key), at) for key, at in self._changed(Order, "updated_at", since, limit)]

    def changed_customers(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return (user reference, updated_at) of accounts changed after ``since``, oldest first. See ``_changed``."""
        return [(reference("User", key), at) for key, at in self._changed(User, "updated_at", since, limit)]

    def _changed(self, model: type[Model], column: str, since: datetime, limit: int) -> list[tuple[object, datetime]]:
        """Return keys and stamps, oldest first, by an indexed column; one or two queries.

        More than ``limit`` come back where a bulk update gave many rows one stamp: the last stamp is always complete,
        so that a watermark set to it leaves nobody out.
        """
        with host.writer():
            rows: QuerySet[Model] = model._default_manager.using(self._alias).order_by(column, "pk")
            found = list(rows.filter(**{f"{column}__gt": since}).values_list("pk", column)[:limit])
            if len(found) == limit and found:
                last = found[-1][1]
                found = [pair for pair in found if pair[1] != last]
                found += rows.filter(**{column: last}).values_list("pk", column)
        return found

    def count(self, family: str) -> int:
        """Return how many ``checkouts``, ``orders`` or ``customers`` there are."""
        with host.writer():
            return _FAMILIES[family]._default_manager.using(self._alias).count()

    def pages(self, family: str, after: str, size: int) -> Iterator[list[str]]:
        """Yield pages of ids of a family in the order of its key, beginning after ``after`` ("" is the start)."""
        model = _FAMILIES[family]
        key: object = None
        if after:
            key = primary_key("User", after) if model is User else next(iter(uuids([after])), None)
            if key is None:
                raise ValueError(f"{after!r} is no id of {family}; begin again from the start with ''.")
        while True:
            with host.writer():
                rows = model._default_manager.using(self._alias).order_by("pk")
                page = list((rows if key is None else rows.filter(pk__gt=key)).values_list("pk", flat=True)[:size])
            if not page:
                return
            yield [reference("User", pk) if model is User else str(pk) for pk in page]
            key = page[-1]

    def channels(self) -> list[ChannelSnapshot]:
        """Return every channel, closed ones too, by slug. One query."""
        with host.writer():
            rows = Channel.objects.using(self._alias).order_by("slug").values_list("slug", "name", "currency_code")
            return [ChannelSnapshot(slug=slug, name=name, currency=currency) for slug, name, currency in rows]

    def write_consent(self, notes: Collection[ConsentNote], key: str, now: datetime) -> int:
        """Set the metadata ``key`` of these accounts; return how many were changed. One query, one more for each."""
        with host.writer():
            return write_consent(notes, key, now)

    def vouchers(self, refs: Collection[str] | None = None) -> Mapping[str, VoucherSnapshot]:
        """Return the vouchers that exist, by reference, all for None. Three queries, seven where products matter."""
        with host.writer():
            return vouchers.read_vouchers(refs, self._alias)

    def mint(self, codes: Collection[NewCode]) -> frozenset[str]:
        """Insert codes in the open transaction; return those that their voucher has now. Three queries."""
        with host.writer():
            return vouchers.mint(codes)

    def unmint(self, codes: Collection[str]) -> frozenset[str]:
        """Delete codes that nobody used; return those that the shop has no longer."""
        with host.writer():
            return vouchers.unmint(codes)

    def used(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return {code: number of the first order that used it}. One query."""
        with host.writer():
            return vouchers.used(codes, self._alias)

    def variants(self, refs: Collection[str], channels: Collection[str]) -> Mapping[tuple[str, str], VariantSnapshot]:
        """Return {(channel slug, variant reference): variant} for those that a channel lists. Eight queries at most."""
        with host.writer():
            return read_variants(refs, channels, self._alias)

    def products(
        self, refs: Collection[str], channels: Collection[str], languages: Collection[str]
    ) -> Mapping[tuple[str, str], ProductSnapshot]:
        """Return {(channel slug, product reference): product} for those that a channel lists. Twelve queries."""
        with host.writer():
            return read_products(refs, channels, languages, self._alias)

    def rebuild(self, basket: LostBasket) -> Rebuilt:
        """Make a checkout of what can still be bought, by Saleor's own ``checkoutCreate``."""
        with host.writer():
            return rebuild(basket, self)


_FAMILIES: dict[str, type[Model]] = {"checkouts": Checkout, "orders": Order, "customers": User}
