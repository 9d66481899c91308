"""What a shop has that a flow may name, for the lint. Refuses to judge a flow."""

from __future__ import annotations

from saleor_mailflow.audience.occasions import KINDS
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.lint import Known
from saleor_mailflow.messages.registry import REGISTRY
from saleor_mailflow.models import Flow, NoticeTarget, Offer, Segment, Shop, TemplateVersion, Topic


def known_of(shop: Shop) -> Known:
    """Return what flows of this shop may name. Six queries, however many flows."""
    templates = {key: set(template.languages) for key, template in REGISTRY.items()}
    own = TemplateVersion.objects.filter(shop=shop, withdrawn=False).exclude(published_at=None)
    for template, language in own.values_list("template", "language").distinct():
        templates.setdefault(template, set()).add(language)
    flows = dict(Flow.objects.filter(shop=shop).values_list("key", "retired_at"))
    return Known(
        templates=templates,
        marketing_templates={key for key, template in REGISTRY.items() if template.purpose == "marketing"},
        flows={key for key in (*CATALOG, *flows) if flows.get(key) is None},
        segments=set(Segment.objects.filter(shop=shop).values_list("key", flat=True)),
        events=set(KINDS),
        offers=set(Offer.objects.filter(shop=shop, active=True).values_list("key", flat=True)),
        targets=set(NoticeTarget.objects.filter(shop=shop).values_list("key", flat=True)),
        topics=set(Topic.objects.filter(shop=shop, active=True).values_list("key", flat=True)),
    )
