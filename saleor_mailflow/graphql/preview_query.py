"""The questions about mails for orders and baskets that there are."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.graphql.connections import page, page_arguments
from saleor_mailflow.graphql.errors import BadRequest
from saleor_mailflow.graphql.ids import number_of
from saleor_mailflow.graphql.types.purchase import BasketConnection, PurchaseConnection
from saleor_mailflow.graphql.types.template import TemplatePreview, TemplateWordsInput, previewed, words_of
from saleor_mailflow.messages.previewing import facts_of_basket, facts_of_order
from saleor_mailflow.models import Basket as BasketRow
from saleor_mailflow.models import Purchase as PurchaseRow


class PreviewQueries:
    """Questions about mails for what people bought or left, mixed into Query."""

    purchases = graphene.Field(
        PurchaseConnection, **page_arguments(), description="Orders as we know them, those we learned of last first."
    )
    baskets = graphene.Field(
        BasketConnection, **page_arguments(), description="Baskets as we know them, those we learned of last first."
    )
    mail_preview = graphene.Field(
        TemplatePreview,
        required=True,
        key=graphene.String(required=True, description="The template's name in code."),
        language=graphene.String(required=True, description="In which language."),
        purchase=graphene.ID(description="The global id of an order of Query.purchases."),
        basket=graphene.ID(description="Or that of a basket of Query.baskets."),
        words=TemplateWordsInput(description="Words to try; without them the package's own."),
        description="A mail as it would look for an order or basket that there is. Its links and codes do not work.",
    )

    @staticmethod
    def resolve_purchases(root: None, info: graphene.ResolveInfo, **arguments: Any) -> Any:
        """Return a page of orders."""
        rows = PurchaseRow.objects.filter(shop=info.context.shop, counts=True)
        return page(PurchaseConnection, rows, arguments, ("-id",))

    @staticmethod
    def resolve_baskets(root: None, info: graphene.ResolveInfo, **arguments: Any) -> Any:
        """Return a page of baskets with something in them."""
        rows = BasketRow.objects.filter(shop=info.context.shop, line_count__gt=0)
        return page(BasketConnection, rows, arguments, ("-id",))

    @staticmethod
    def resolve_mail_preview(
        root: None,
        info: graphene.ResolveInfo,
        key: str,
        language: str,
        purchase: str | None = None,
        basket: str | None = None,
        words: Any = None,
    ) -> TemplatePreview:
        """Return the mail, or what is wrong with it."""
        if (purchase is None) == (basket is None):
            raise BadRequest("Say for what: purchase or basket, one of them.")
        context, facts = info.context, None
        try:
            if purchase is not None:
                number = number_of("Purchase", purchase, field="purchase")
                order = PurchaseRow.objects.filter(shop=context.shop, pk=number).select_related("contact").first()
                facts = facts_of_order(key, language, order, context.settings) if order is not None else None
            else:
                number = number_of("Basket", str(basket), field="basket")
                cart = BasketRow.objects.filter(shop=context.shop, pk=number).select_related("contact").first()
                facts = facts_of_basket(key, language, cart, context.settings) if cart is not None else None
        except TemplateFailed as error:
            raise BadRequest(str(error)) from error
        if facts is None:
            raise BadRequest("There is no such order or basket in this shop.")
        return previewed(key, language, words_of(words) if words is not None else None, facts)
