"""The questions about what is said to whom: segments, templates, offers, codes, brands."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.segment_book import read_condition
from saleor_mailflow.audience.segments import count
from saleor_mailflow.graphql.connections import page, page_arguments
from saleor_mailflow.graphql.errors import BadRequest
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.types.offer import Brand, CouponConnection, CouponState, Offer, Voucher
from saleor_mailflow.graphql.types.segment import ConditionFact, Segment, SegmentSize, condition_facts
from saleor_mailflow.graphql.types.template import (
    Template,
    TemplateFinding,
    TemplatePreview,
    TemplateWordsInput,
    linted,
    previewed,
    words_of,
)
from saleor_mailflow.messages.registry import REGISTRY, RegisteredTemplate
from saleor_mailflow.models import Brand as BrandRow
from saleor_mailflow.models import Coupon as CouponRow
from saleor_mailflow.models import Offer as OfferRow
from saleor_mailflow.models import Segment as SegmentRow


class ContentQueries:
    """Questions about what is said to whom, mixed into Query."""

    condition_facts = graphene.List(
        graphene.NonNull(ConditionFact), required=True, description="Everything that conditions may ask about."
    )
    segments = graphene.List(graphene.NonNull(Segment), required=True, description="Every segment, by name.")
    segment = graphene.Field(
        Segment,
        key=graphene.String(required=True, description="Its name in code."),
        description="One segment; null where there is none.",
    )
    segment_size = graphene.Field(
        SegmentSize,
        required=True,
        condition=JSONString(required=True, description="The condition, as one of flows is written."),
        description="How many people a condition picks out now, before it is saved.",
    )
    templates = graphene.List(graphene.NonNull(Template), required=True, description="Every mail that flows can send.")
    template = graphene.Field(
        Template,
        key=graphene.String(required=True, description="Its name in code."),
        description="One template; null where there is none.",
    )
    template_preview = graphene.Field(
        TemplatePreview,
        required=True,
        key=graphene.String(required=True, description="The template's name in code."),
        language=graphene.String(required=True, description="In which language."),
        words=TemplateWordsInput(description="Words to try; without them the package's own."),
        description="A mail as it would look with the template's example, in words that need not be saved.",
    )
    template_lint = graphene.List(
        graphene.NonNull(TemplateFinding),
        required=True,
        key=graphene.String(required=True, description="The template's name in code."),
        language=graphene.String(required=True, description="In which language."),
        words=TemplateWordsInput(required=True, description="The words, which need not be saved."),
        description="What is wrong or doubtful in words, the errors first.",
    )
    offers = graphene.List(graphene.NonNull(Offer), required=True, description="What coupon steps may give, by name.")
    vouchers = graphene.List(
        graphene.NonNull(Voucher),
        description="The shop's vouchers, to choose from; null where the shop cannot be asked from here.",
    )
    coupons = graphene.Field(
        CouponConnection,
        states=graphene.List(graphene.NonNull(CouponState), description="In one of these states."),
        offer=graphene.String(description="Of this offer."),
        **page_arguments(),
        description="Codes that people were or will be given, the newest first.",
    )
    brands = graphene.List(graphene.NonNull(Brand), required=True, description="How channels' mails look, by channel.")

    @staticmethod
    def resolve_condition_facts(root: None, info: graphene.ResolveInfo) -> list[ConditionFact]:
        """Return every fact there is."""
        return condition_facts()

    @staticmethod
    def resolve_segments(root: None, info: graphene.ResolveInfo) -> list[SegmentRow]:
        """Return every segment."""
        return list(SegmentRow.objects.filter(shop=info.context.shop).order_by("name", "key"))

    @staticmethod
    def resolve_segment(root: None, info: graphene.ResolveInfo, key: str) -> SegmentRow | None:
        """Return one segment."""
        return SegmentRow.objects.filter(shop=info.context.shop, key=key).first()

    @staticmethod
    def resolve_segment_size(root: None, info: graphene.ResolveInfo, condition: Any) -> SegmentSize:
        """Count now."""
        found = count(info.context.shop.pk, read_condition(condition), now=info.context.now)
        return SegmentSize(number=found.number, exact=found.exact)

    @staticmethod
    def resolve_templates(root: None, info: graphene.ResolveInfo) -> list[RegisteredTemplate]:
        """Return every template."""
        return list(REGISTRY.values())

    @staticmethod
    def resolve_template(root: None, info: graphene.ResolveInfo, key: str) -> RegisteredTemplate | None:
        """Return one template."""
        return REGISTRY.get(key)

    @staticmethod
    def resolve_template_preview(
        root: None, info: graphene.ResolveInfo, key: str, language: str, words: Any = None
    ) -> TemplatePreview:
        """Return the mail, or what is wrong with it."""
        if key not in REGISTRY:
            raise BadRequest(f"There is no template {key[:120]!r}.")
        return previewed(key, language, words_of(words) if words is not None else None)

    @staticmethod
    def resolve_template_lint(
        root: None, info: graphene.ResolveInfo, key: str, language: str, words: Any
    ) -> list[TemplateFinding]:
        """Look through the words."""
        if key not in REGISTRY:
            raise BadRequest(f"There is no template {key[:120]!r}.")
        return linted(REGISTRY[key], language, words_of(words))

    @staticmethod
    def resolve_offers(root: None, info: graphene.ResolveInfo) -> list[OfferRow]:
        """Return every offer."""
        return list(OfferRow.objects.filter(shop=info.context.shop).order_by("name", "key"))

    @staticmethod
    def resolve_vouchers(root: None, info: graphene.ResolveInfo) -> list[Voucher] | None:
        """Ask the shop for its vouchers, where it can be asked."""
        ask = getattr(info.context.gateway, "vouchers", None)
        if ask is None:
            return None
        found = sorted(ask().values(), key=lambda one: (one.name, one.ref))
        return [Voucher(ref=one.ref, name=one.name, kind=str(one.kind), ends_at=one.ends_at) for one in found]

    @staticmethod
    def resolve_coupons(
        root: None, info: graphene.ResolveInfo, states: Any = None, offer: str | None = None, **arguments: Any
    ) -> Any:
        """Return a page of codes."""
        rows = CouponRow.objects.filter(shop=info.context.shop)
        if states:
            rows = rows.filter(state__in=list(states))
        if offer is not None:
            rows = rows.filter(offer_key=offer)
        return page(CouponConnection, rows, arguments, ("-id",))

    @staticmethod
    def resolve_brands(root: None, info: graphene.ResolveInfo) -> list[BrandRow]:
        """Return every channel's look."""
        return list(BrandRow.objects.filter(shop=info.context.shop).order_by("channel"))
