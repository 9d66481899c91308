"""The port to the shop: ten questions the product asks, each answered for a batch in a fixed number of queries.

Refuses to write to the shop, and to answer one row at a time. What some shops can do besides is a small protocol of its
own each: its channels (``ChannelList``), a word of consent (``ConsentBook``), codes (``VoucherBook``), products
(``ProductShelf``), a checkout (``CheckoutBuilder``). Whoever needs one asks ``isinstance`` and has a plain sentence for
the shop that cannot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from saleor_mailflow.shop.goods import LostBasket, NewCode, ProductSnapshot, Rebuilt, VariantSnapshot, VoucherSnapshot
from saleor_mailflow.shop.snapshots import ChannelSnapshot, CheckoutSnapshot, CustomerSnapshot, OrderSnapshot


@dataclass(frozen=True, kw_only=True)
class BuyerQuestion:
    """Who may have bought, and since when: matched by checkout token, or by email or account since ``since``.

    ``email`` is already normalised (see ``audience.addresses``); the shop compares it in any letter case.
    """

    key: int
    token: str
    email: str
    user_ref: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class ShopIdentity:
    """What makes a database this shop's: its public address and the fingerprint of its signing key."""

    public_url: str
    key_fingerprint: str


class ShopGateway(Protocol):
    """What the product may ask of a shop. Every method is safe to repeat and reads only."""

    #: True where answers come from the shop itself at this moment, false where only the read model knows.
    live: bool

    def identity(self) -> ShopIdentity | None:
        """Return who this shop is now, or None where that cannot be known (then nothing is refused for it)."""

    def checkouts(self, tokens: Collection[str]) -> Mapping[str, CheckoutSnapshot]:
        """Return the checkouts that exist, by token. A token left out is gone. Not called where ``live`` is false."""

    def orders(self, order_ids: Collection[str]) -> Mapping[str, OrderSnapshot]:
        """Return the orders that exist, by id. Not called where ``live`` is false."""

    def customers(self, user_refs: Collection[str]) -> Mapping[str, CustomerSnapshot]:
        """Return the accounts that exist, by reference. Not called where ``live`` is false."""

    def bought(self, questions: Collection[BuyerQuestion]) -> Mapping[int, str]:
        """Return, by ``BuyerQuestion.key``, the order number of a purchase that answers it. Live shops only."""

    def changed_checkouts(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return (token, last_change) of checkouts changed after ``since``, oldest first. For the sweep."""

    def changed_orders(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return (order id, updated_at) of orders changed after ``since``, oldest first. For the sweep."""

    def changed_customers(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return (user reference, updated_at) of accounts changed after ``since``, oldest first. For the sweep."""

    def count(self, family: str) -> int:
        """Return how many ``checkouts``, ``orders`` or ``customers`` there are. For progress bars."""

    def pages(self, family: str, after: str, size: int) -> Iterator[list[str]]:
        """Yield pages of ids of a family in a stable order, beginning after ``after`` ("" is the start). Backfill."""


@runtime_checkable
class ChannelList(Protocol):
    """A shop that can be asked for its channels. Of the standalone App's, the read model knows those that were seen."""

    def channels(self) -> list[ChannelSnapshot]:
        """Return every channel, closed ones too, by slug."""


@dataclass(frozen=True, kw_only=True)
class ConsentNote:
    """What somebody said last on our pages, for the account with this reference or address."""

    user_ref: str
    email: str
    #: None where nothing is said any more: the shop's key goes.
    wants_mail: bool | None


@runtime_checkable
class ConsentBook(Protocol):
    """A shop that we may tell what people said on our pages. The standalone App is none: it has no token to write with.

    To make it one, give ``shop.payload.PayloadShop`` this method, over Saleor's ``updateMetadata`` with an app token.
    """

    def write_consent(self, notes: Collection[ConsentNote], key: str, now: datetime) -> int:
        """Set the metadata ``key`` of these accounts to ``true`` or ``false``; return how many were changed."""


@runtime_checkable
class VoucherBook(Protocol):
    """A shop whose vouchers can be read, and given codes of our making. The standalone App is none."""

    def vouchers(self, refs: Collection[str] | None = None) -> Mapping[str, VoucherSnapshot]:
        """Return the vouchers that exist, by reference; all of them for None, for somebody who chooses."""

    def mint(self, codes: Collection[NewCode]) -> frozenset[str]:
        """Make these codes in the transaction that is open; return those that their voucher has now.

        Safe to repeat. A code is left out where its voucher is gone or another one has it. Holds no lock on a voucher
        before the transaction ends, and then only that which keeps it from being deleted under the new code.
        """

    def unmint(self, codes: Collection[str]) -> frozenset[str]:
        """Take codes back that nobody used, in the open transaction; return those that the shop has no longer."""

    def used(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return {code: number of the first order that used it}."""


@runtime_checkable
class ProductShelf(Protocol):
    """A shop that can be asked what is for sale now. The standalone App is none."""

    def variants(self, refs: Collection[str], channels: Collection[str]) -> Mapping[tuple[str, str], VariantSnapshot]:
        """Return {(channel slug, variant reference): variant} for those that exist. One set of queries a batch."""

    def products(
        self, refs: Collection[str], channels: Collection[str], languages: Collection[str]
    ) -> Mapping[tuple[str, str], ProductSnapshot]:
        """Return {(channel slug, product reference): product} for those that exist. One set of queries a batch."""


@runtime_checkable
class CheckoutBuilder(Protocol):
    """A shop in which we can put a basket together again that it no longer has. The standalone App is none."""

    def rebuild(self, basket: LostBasket) -> Rebuilt:
        """Make a checkout of what can still be bought, by the shop's own way of making one."""
