"""Rows and constraints, no behaviour. What a row guarantees is a constraint here, not code elsewhere."""

from saleor_mailflow.models.audience import (
    Consent,
    ConsentWording,
    Contact,
    ContactTag,
    Frequency,
    Suppression,
    Topic,
)
from saleor_mailflow.models.audit import AuditEntry
from saleor_mailflow.models.capture import Farewell, SignUp, SignUpForm, Throttle
from saleor_mailflow.models.delivery import DeliveryEvent
from saleor_mailflow.models.event import Event
from saleor_mailflow.models.flow import Enrollment, Flow, FlowVersion, Message, Refusal, StepRun
from saleor_mailflow.models.notice import Notice, NoticeTarget
from saleor_mailflow.models.occasion import Occasion
from saleor_mailflow.models.offer import Coupon, Offer
from saleor_mailflow.models.product import BestSeller, Pairing, Product
from saleor_mailflow.models.profile import Profile, Segment, SegmentMember
from saleor_mailflow.models.readmodel import Basket, Purchase, PurchaseLine
from saleor_mailflow.models.shop import Heartbeat, LinkKey, Shop, Watermark
from saleor_mailflow.models.wording import Brand, FlowDraft, TemplateVersion

__all__ = [
    "AuditEntry",
    "Basket",
    "BestSeller",
    "Brand",
    "Consent",
    "ConsentWording",
    "Contact",
    "ContactTag",
    "Coupon",
    "DeliveryEvent",
    "Enrollment",
    "Event",
    "Farewell",
    "Flow",
    "FlowDraft",
    "FlowVersion",
    "Frequency",
    "Heartbeat",
    "LinkKey",
    "Message",
    "Notice",
    "NoticeTarget",
    "Occasion",
    "Offer",
    "Pairing",
    "Product",
    "Profile",
    "Purchase",
    "PurchaseLine",
    "Refusal",
    "Segment",
    "SegmentMember",
    "Shop",
    "SignUp",
    "SignUpForm",
    "StepRun",
    "Suppression",
    "TemplateVersion",
    "Throttle",
    "Topic",
    "Watermark",
]
