"""Rows and constraints, no behaviour. What a row guarantees is a constraint here, not code elsewhere."""

from saleor_mailflow.models.audience import Consent, Contact, Suppression
from saleor_mailflow.models.event import Event
from saleor_mailflow.models.flow import Enrollment, Flow, FlowVersion, Message, Refusal, StepRun
from saleor_mailflow.models.readmodel import Basket, Purchase, PurchaseLine
from saleor_mailflow.models.shop import Heartbeat, LinkKey, Shop, Watermark

__all__ = [
    "Basket",
    "Consent",
    "Contact",
    "Enrollment",
    "Event",
    "Flow",
    "FlowVersion",
    "Heartbeat",
    "LinkKey",
    "Message",
    "Purchase",
    "PurchaseLine",
    "Refusal",
    "Shop",
    "StepRun",
    "Suppression",
    "Watermark",
]
