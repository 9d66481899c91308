"""What a line is called, what it costs now and how it looks: names, prices and pictures for a batch of variants.

Refuses to decide which of them a line shows; see ``checkouts`` and ``orders``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from saleor.core.utils import build_absolute_uri
from saleor.product import ProductMediaTypes
from saleor.product.models import (
    ProductMedia,
    ProductTranslation,
    ProductVariantChannelListing,
    ProductVariantTranslation,
    VariantMedia,
)
from saleor.thumbnail.utils import get_image_or_proxy_url

#: Twice the size at which a cart mail shows a picture, for dense screens. One of Saleor's own sizes.
PICTURE_SIZE = 256


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of a line: an absolute address that outlives the thumbnail's own file, and its alternative text."""

    url: str = ""
    alt: str = ""


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What was found for a batch, by variant or product key (and language or channel)."""

    product_names: dict[tuple[int, str], str] = field(default_factory=dict)
    variant_names: dict[tuple[int, str], str] = field(default_factory=dict)
    prices: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    product_pictures: dict[int, Picture] = field(default_factory=dict)
    variant_pictures: dict[int, Picture] = field(default_factory=dict)

    def picture(self, variant_id: int | None, product_id: int | None) -> Picture:
        """Return the variant's own first picture, else its product's, else an empty one."""
        return self.variant_pictures.get(variant_id or 0) or self.product_pictures.get(product_id or 0) or Picture()


def pictures(*, products: Collection[int], variants: Collection[int], alias: str) -> Catalogue:
    """Return a catalogue of pictures only. Two queries."""
    shown = {"type": ProductMediaTypes.IMAGE, "image__gt": ""}
    of_products = (
        ProductMedia.objects.using(alias)
        .filter(product_id__in=products, **shown)
        .order_by("product_id", "sort_order", "pk")
        .distinct("product_id")
        .values_list("product_id", "pk", "alt")
    )
    of_variants = (
        VariantMedia.objects.using(alias)
        .filter(variant_id__in=variants, **{f"media__{name}": value for name, value in shown.items()})
        .order_by("variant_id", "media__sort_order", "media_id")
        .distinct("variant_id")
        .values_list("variant_id", "media_id", "media__alt")
    )
    return Catalogue(
        product_pictures={owner: _picture(media, alt) for owner, media, alt in of_products},
        variant_pictures={owner: _picture(media, alt) for owner, media, alt in of_variants},
    )


def _picture(media_id: int, alt: str) -> Picture:
    # The proxy's address, not the thumbnail's file: it is the same before and after the thumbnail is made, and without
    # a format it stays JPEG or PNG, which every mail program shows.
    path = get_image_or_proxy_url(None, str(media_id), "ProductMedia", PICTURE_SIZE, None)
    return Picture(url=build_absolute_uri(path), alt=alt or "")


def look_up(
    *,
    products: Collection[int],
    variants: Collection[int],
    languages: Collection[str],
    channels: Collection[str],
    alias: str,
) -> Catalogue:
    """Return names in ``languages``, current prices in ``channels`` (slugs) and pictures. Five queries."""
    found = pictures(products=products, variants=variants, alias=alias)
    product_names = (
        ProductTranslation.objects.using(alias)
        .filter(product_id__in=products, language_code__in=languages)
        .values_list("product_id", "language_code", "name")
    )
    variant_names = (
        ProductVariantTranslation.objects.using(alias)
        .filter(product_variant_id__in=variants, language_code__in=languages)
        .values_list("product_variant_id", "language_code", "name")
    )
    prices = (
        ProductVariantChannelListing.objects.using(alias)
        .filter(variant_id__in=variants, channel__slug__in=channels)
        .values_list("variant_id", "channel__slug", "discounted_price_amount", "price_amount")
    )
    return Catalogue(
        product_names={(pk, language): name for pk, language, name in product_names if name},
        variant_names={(pk, language): name for pk, language, name in variant_names if name},
        prices={
            (pk, channel): price if discounted is None else discounted
            for pk, channel, discounted, price in prices
            if price is not None or discounted is not None
        },
        product_pictures=found.product_pictures,
        variant_pictures=found.variant_pictures,
    )
