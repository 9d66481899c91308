"""Choose products for people, from what others bought, and say why. Refuses what they own and what cannot be bought.

Numbers come from our own tables, written nightly (``process.recommendations``); whether a product is published and in
stock is asked of the shop at this moment. A shop that cannot be asked recommends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from saleor_mailflow.shop.gateway import ProductShelf, ShopGateway
from saleor_mailflow.shop.goods import ProductSnapshot
from saleor_mailflow.statements import run

#: Candidates that are looked at for each product somebody bought; the shop says no to some of them.
_MOST = 20
#: Of what somebody owns so many of the latest count, where nobody says what it is about.
_BASIS = 10


class PickKind(StrEnum):
    """What a mail recommends."""

    #: To what is in the basis: bought with it.
    GOES_WITH = "goes_with"
    #: After what is in the basis: bought later.
    NEXT = "next"
    #: What sells best in the channel.
    BEST_SELLERS = "best_sellers"
    #: By all that the person bought.
    PICKS = "picks"


class Why(StrEnum):
    """Why a product was chosen."""

    #: ``both`` of ``buyers`` people who bought ``of`` bought this with it.
    TOGETHER = "together"
    #: ``both`` of ``buyers`` people who bought ``of`` bought this later.
    NEXT = "next"
    #: It is number ``rank`` in the channel, bought by ``buyers`` people in thirty days.
    BEST_SELLER = "best_seller"
    #: It is of the category of ``of``.
    CATEGORY = "category"


@dataclass(frozen=True, kw_only=True)
class PickAsk:
    """For whom something is to be recommended. ``basis`` are references of products that it is about."""

    contact_id: int
    kind: str
    channel: str
    language: str = ""
    basis: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    #: What the answer is filed under, such as the id of a mail; 0 is the contact.
    key: int = 0


@dataclass(frozen=True, kw_only=True)
class Pick:
    """A product that somebody may like, and why."""

    product_ref: str
    why: Why
    numbers: Mapping[str, int] = field(default_factory=dict)
    #: The product of the basis that led here, and its name; "" for best sellers.
    of: str = ""
    of_name: str = ""
    product: ProductSnapshot


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    ref: str
    why: Why
    numbers: Mapping[str, int] = field(default_factory=dict)
    of: str = ""
    of_name: str = ""


_OWNED = """
SELECT p.contact_id, l.product_ref, max(p.created_at)
FROM mailflow_purchase p JOIN mailflow_purchaseline l ON l.purchase_id = p.id
WHERE p.shop_id = %s::bigint AND p.contact_id = ANY(%s::bigint[]) AND p.counts AND p.status <> 'CANCELED'
    AND l.product_ref <> ''
GROUP BY 1, 2 ORDER BY 3 DESC, 2
"""
# Those that fewer people buy anyway come first, as when they were chosen; then by reference, so that it is the same
# whenever it is asked.
_PAIRS = """
SELECT g.product_ref, coalesce(own.name, ''), g.kind, g.other_ref, g."both", g.buyers
FROM mailflow_pairing g
LEFT JOIN mailflow_product own ON own.shop_id = g.shop_id AND own.ref = g.product_ref
LEFT JOIN mailflow_product o ON o.shop_id = g.shop_id AND o.ref = g.other_ref
WHERE g.shop_id = %s::bigint AND g.product_ref = ANY(%s::text[])
ORDER BY g."both" / sqrt(greatest(coalesce(o.buyers, 0), g."both")) DESC, g.other_ref
"""
_BEST = """
SELECT channel, product_ref, rank, buyers FROM mailflow_bestseller
WHERE shop_id = %s::bigint AND channel = ANY(%s::text[]) ORDER BY channel, rank
"""
_CATEGORY = """
SELECT own.ref, own.name, other.ref FROM mailflow_product own
CROSS JOIN LATERAL (
    SELECT ref FROM mailflow_product
    WHERE shop_id = own.shop_id AND category_ref = own.category_ref AND category_ref <> '' AND ref <> own.ref
    ORDER BY buyers DESC, ref LIMIT %s::int
) other
WHERE own.shop_id = %s::bigint AND own.ref = ANY(%s::text[]) AND own.category_ref <> ''
"""


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What was read for a whole batch."""

    owned: Mapping[int, list[str]]
    pairs: Mapping[tuple[str, str], list[_Candidate]]
    best: Mapping[str, list[_Candidate]]
    same: Mapping[str, list[_Candidate]]


def recommend(
    shop_id: int, asks: Sequence[PickAsk], *, gateway: ShopGateway, now: datetime, most: int = 4
) -> dict[int, list[Pick]]:
    """Return {``key`` of an ask, else its contact: at most ``most`` picks, the best first}.

    Four queries and one question to the shop for any number of asks. Empty where nothing fits, where no channel is
    known, and in a shop that cannot be asked what is for sale. ``now`` is when it is asked for: the shop says what it
    has at this moment.
    """
    chosen: dict[int, list[Pick]] = {ask.key or ask.contact_id: [] for ask in asks}
    asks = [ask for ask in asks if ask.channel]
    if not asks or not isinstance(gateway, ProductShelf):
        return chosen
    seen = _read(shop_id, asks)
    wanted = {ask: list(_candidates(ask, seen)) for ask in asks}
    refs = {one.ref for found in wanted.values() for one in found}
    if not refs:
        return chosen
    languages = {ask.language for ask in asks if ask.language}
    shelf = gateway.products(refs, {ask.channel for ask in asks}, languages)
    for ask, candidates in wanted.items():
        chosen[ask.key or ask.contact_id] = _picks(ask, candidates, shelf, most)
    return chosen


def _read(shop_id: int, asks: Sequence[PickAsk]) -> _Seen:
    owned: dict[int, list[str]] = {}
    for contact_id, ref, _ in run(_OWNED, [shop_id, [ask.contact_id for ask in asks]]).rows:
        owned.setdefault(contact_id, []).append(ref)
    basis = sorted({ref for ask in asks for ref in _basis(ask, owned)})
    pairs: dict[tuple[str, str], list[_Candidate]] = {}
    for ref, name, kind, other, both, buyers in run(_PAIRS, [shop_id, basis]).rows:
        numbers = {"both": both, "buyers": buyers}
        found = _Candidate(ref=other, why=Why(kind), numbers=numbers, of=ref, of_name=name)
        pairs.setdefault((ref, kind), []).append(found)
    best: dict[str, list[_Candidate]] = {}
    for channel, ref, rank, buyers in run(_BEST, [shop_id, sorted({ask.channel for ask in asks})]).rows:
        found = _Candidate(ref=ref, why=Why.BEST_SELLER, numbers={"rank": rank, "buyers": buyers})
        best.setdefault(channel, []).append(found)
    same: dict[str, list[_Candidate]] = {}
    for ref, name, other in run(_CATEGORY, [_MOST, shop_id, basis]).rows:
        same.setdefault(ref, []).append(_Candidate(ref=other, why=Why.CATEGORY, of=ref, of_name=name))
    return _Seen(owned=owned, pairs=pairs, best=best, same=same)


def _basis(ask: PickAsk, owned: Mapping[int, list[str]]) -> tuple[str, ...]:
    """Return what it is about: what was given, else what the person bought last."""
    if ask.kind == PickKind.BEST_SELLERS:
        return ()
    return ask.basis or tuple(owned.get(ask.contact_id, ())[:_BASIS])


def _candidates(ask: PickAsk, seen: _Seen) -> Iterator[_Candidate]:
    """Yield what may be shown, the best first, each once; nothing that the person has or that is to be left out."""
    basis = _basis(ask, seen.owned)
    taken = {*ask.exclude, *ask.basis, *seen.owned.get(ask.contact_id, ())}
    order = (Why.TOGETHER, Why.NEXT) if ask.kind == PickKind.GOES_WITH else (Why.NEXT, Why.TOGETHER)
    roads = [_in_turn([seen.pairs.get((ref, str(why)), []) for ref in basis]) for why in order]
    roads.append(_in_turn([seen.same.get(ref, []) for ref in basis]))
    roads.append(iter(seen.best.get(ask.channel, ())))
    for road in roads:
        for one in road:
            if one.ref not in taken:
                taken.add(one.ref)
                yield one


def _in_turn(lists: Sequence[Sequence[_Candidate]]) -> Iterator[_Candidate]:
    """Yield the first of each list, then the second of each: no product of an order crowds out the others."""
    for place in range(max(map(len, lists), default=0)):
        for found in lists:
            if place < len(found):
                yield found[place]


def _picks(
    ask: PickAsk, candidates: Sequence[_Candidate], shelf: Mapping[tuple[str, str], ProductSnapshot], most: int
) -> list[Pick]:
    found: list[Pick] = []
    for one in candidates:
        product = shelf.get((ask.channel, one.ref))
        if product is not None and product.available and len(found) < most:
            found.append(
                Pick(
                    product_ref=one.ref,
                    why=one.why,
                    numbers=one.numbers,
                    of=one.of,
                    of_name=one.of_name,
                    product=product,
                )
            )
    return found
