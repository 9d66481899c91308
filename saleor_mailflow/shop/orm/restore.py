"""Put a basket together again by Saleor's own ``checkoutCreate`` and ``checkoutAddPromoCode``, as a guest would.

Refuses to set an address, an account or an email on it: whoever has the link sees goods and nothing of anybody. Goes
through Saleor's API, dear as that is, because it alone is the same in every version: a checkout made by hand lacks what
the next one adds.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from saleor.product.models import ProductVariant

from saleor_mailflow.exceptions import MailflowError
from saleor_mailflow.shop.gateway import ProductShelf
from saleor_mailflow.shop.goods import LostBasket, LostLine, Rebuilt
from saleor_mailflow.shop.orm.references import primary_keys, reference

logger = logging.getLogger("saleor_mailflow.restore")

_CREATE = """
mutation($input: CheckoutCreateInput!) {
  checkoutCreate(input: $input) { checkout { id token } errors { field code variants } }
}
"""
_ADD_CODE = """
mutation($id: ID!, $code: String!) { checkoutAddPromoCode(id: $id, promoCode: $code) { errors { code } } }
"""
#: Saleor names what it refuses; without that it is asked again, so often.
_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class _Line:
    variant_ref: str
    quantity: int
    swapped: bool


def rebuild(basket: LostBasket, shelf: ProductShelf) -> Rebuilt:
    """Make a checkout of what can be bought of it; its token is "" where nothing can. The code is tried, not promised.

    Not to be called inside a transaction: Saleor's hooks and webhooks of a new checkout run as it is made.
    """
    lines = _there(basket, shelf)
    created: Mapping[str, Any] = {}
    for _ in range(_TRIES):
        if not lines:
            break
        answer = _ask(_CREATE, input=_input(basket, lines))["checkoutCreate"]
        if answer["checkout"] is not None and not answer["errors"]:
            created = answer["checkout"]
            break
        refused = {ref for error in answer["errors"] for ref in error["variants"] or ()}
        logger.warning("Saleor would not make a checkout again: %s.", {error["code"] for error in answer["errors"]})
        lines = [line for line in lines if line.variant_ref not in refused] if refused else []
    gone = len(basket.lines) - len(lines)
    if not created:
        return Rebuilt(token="", gone=len(basket.lines))
    applied = False
    if basket.code:
        applied = not _ask(_ADD_CODE, id=created["id"], code=basket.code)["checkoutAddPromoCode"]["errors"]
    swapped = sum(line.swapped for line in lines)
    return Rebuilt(
        token=str(created["token"]),
        kept=len(lines) - swapped,
        swapped=swapped,
        gone=gone,
        code_applied=applied,
    )


def _input(basket: LostBasket, lines: Sequence[_Line]) -> dict[str, Any]:
    return {
        "channel": basket.channel,
        "lines": [{"variantId": line.variant_ref, "quantity": line.quantity} for line in lines],
        # A language that Saleor does not know would refuse the whole basket: the channel's own is better than none.
        **({"languageCode": code} if (code := _language(basket.language)) else {}),
    }


def _language(language: str) -> str:
    from saleor.graphql.core.enums import LanguageCodeEnum

    name = language.upper().replace("-", "_")
    return name if name in LanguageCodeEnum._meta.enum.__members__ else ""


def _there(basket: LostBasket, shelf: ProductShelf) -> list[_Line]:
    """Return what of it can be bought: as it was, or the variant of that name which took its place in the product."""
    heirs = _heirs(basket.lines)
    wanted = {line.variant_ref for line in basket.lines} | {ref for found in heirs.values() for ref in found}
    seen = shelf.variants(wanted, [basket.channel])
    found: dict[str, _Line] = {}
    for line in basket.lines:
        for ref in (line.variant_ref, *heirs.get(line.variant_ref, ())):
            variant = seen.get((basket.channel, ref))
            if variant is None or not variant.buyable or ref in found:
                continue
            most = line.quantity if variant.quantity is None else min(line.quantity, variant.quantity)
            found[ref] = _Line(variant_ref=ref, quantity=most, swapped=ref != line.variant_ref)
            break
    return list(found.values())


def _heirs(lines: Collection[LostLine]) -> dict[str, list[str]]:
    """Return {variant of a line: others of the same product and name}. A shop that imports anew makes new ones."""
    products = primary_keys("Product", [line.product_ref for line in lines])
    slugs = {line.product_slug for line in lines if line.product_slug}
    rows = list(
        ProductVariant.objects.filter(Q(product_id__in=products) | Q(product__slug__in=slugs))
        .order_by("pk")
        .values_list("pk", "name", "product_id", "product__slug")
    )
    found: dict[str, list[str]] = {}
    for line in lines:
        for pk, name, product, slug in rows:
            ref = reference("ProductVariant", pk)
            same = reference("Product", product) == line.product_ref or (slug and slug == line.product_slug)
            if same and (name or "") == line.variant_name and ref != line.variant_ref:
                found.setdefault(line.variant_ref, []).append(ref)
    return found


def _ask(query: str, **variables: object) -> dict[str, Any]:
    """Run a mutation as nobody: no account, no app. Raises MailflowError where it could not run."""
    from saleor.graphql.api import backend, schema
    from saleor.graphql.context import clear_context, get_context_value

    request = HttpRequest()
    request.method, request.path, request.path_info = "POST", "/graphql/", "/graphql/"
    request.META = {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1"}
    # What Saleor puts on a request: no app, and answers from the writer.
    nobody: Any = request
    nobody.app, nobody.allow_replica, nobody.requestor = None, False, None
    context = get_context_value(nobody)
    try:
        result = backend.document_from_string(schema, query).execute(variable_values=variables, context_value=context)
        if result.errors or not result.data:
            kinds = ", ".join(type(getattr(error, "original_error", error)).__name__ for error in result.errors or ())
            raise MailflowError(f"Saleor could not make a checkout ({kinds}). Look in Saleor's own log.")
        return dict(result.data)
    finally:
        clear_context(context)
