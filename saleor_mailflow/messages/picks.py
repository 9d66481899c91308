"""The products that the mails of a batch recommend, as cards. Refuses to show what cannot be bought or has no page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

from saleor_mailflow.audience.recommend import Pick, PickAsk, Why, recommend
from saleor_mailflow.messages.claim import Ready
from saleor_mailflow.messages.facts import ProductCard
from saleor_mailflow.messages.facts import Why as Said
from saleor_mailflow.messages.gate_facts import definition
from saleor_mailflow.models import PurchaseLine
from saleor_mailflow.shop.gateway import ShopGateway

MOST = 4
#: What a reason is called in a mail's words.
_SAID = {
    Why.TOGETHER: "bought_together",
    Why.NEXT: "bought_next",
    Why.BEST_SELLER: "best_seller",
    Why.CATEGORY: "same_category",
}


def picks_for(
    shop_id: int, ready: Sequence[Ready], languages: Mapping[int, str], *, gateway: ShopGateway, now: datetime
) -> dict[int, list[Pick]]:
    """Return {message id: what it recommends}, for those whose step asks for products. Five queries and one question
    to the shop, none where no step asks. ``languages`` is {message id: language}.
    """
    kinds = {one.message.pk: kind for one in ready if (kind := _kind(one))}
    if not kinds:
        return {}
    asking = [one for one in ready if one.message.pk in kinds]
    bought = _bought({one.message.enrollment.purchase_id for one in asking})
    asks = [
        PickAsk(
            key=one.message.pk,
            contact_id=one.message.contact_id,
            kind=kinds[one.message.pk],
            channel=one.asked.facts.channel,
            language=languages.get(one.message.pk, ""),
            basis=bought.get(one.message.enrollment.purchase_id or 0, ()),
        )
        for one in asking
    ]
    return recommend(shop_id, asks, gateway=gateway, now=now, most=MOST)


def _kind(one: Ready) -> str:
    send = definition(one.message).send(one.message.step)
    return send.products if send is not None else ""


def _bought(purchases: Collection[int | None]) -> dict[int, tuple[str, ...]]:
    wanted = [one for one in purchases if one is not None]
    if not wanted:
        return {}
    found: dict[int, tuple[str, ...]] = {}
    lines = PurchaseLine.objects.filter(purchase_id__in=wanted).exclude(product_ref="").order_by("id")
    for purchase_id, ref in lines.values_list("purchase_id", "product_ref"):
        found[purchase_id] = (*found.get(purchase_id, ()), ref)
    return found


def card(pick: Pick, *, language: str, link: str, home: str) -> ProductCard:
    """Return a pick as a mail shows it. ``link`` is where products are seen, with ``{slug}`` and ``{product}``; without
    one the card leads to the shop's front door, ``home``.
    """
    product = pick.product
    url = link.replace("{slug}", quote(product.slug, safe="")).replace("{product}", quote(pick.product_ref, safe=""))
    counted = pick.why in {Why.TOGETHER, Why.NEXT}
    return ProductCard(
        name=product.name_in(language),
        url=url if link else home,
        image_url=product.image_url,
        image_alt=product.image_alt,
        price=product.price,
        before=product.undiscounted,
        currency=product.currency,
        why=Said(
            key=_SAID[pick.why],
            count=pick.numbers.get("both", 0) if counted else 0,
            of=pick.numbers.get("buyers", 0) if counted else 0,
        ),
    )
