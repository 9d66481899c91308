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
from saleor_mailflow.models.readmodel import Basket, Purchase, PurchaseLine
from saleor_mailflow.models.shop import Heartbeat, LinkKey, Shop, Watermark

__all__ = [
    "AuditEntry",
    "Basket",
    "Consent",
    "ConsentWording",
    "Contact",
    "ContactTag",
    "DeliveryEvent",
    "Enrollment",
    "Event",
    "Farewell",
    "Flow",
    "FlowVersion",
    "Frequency",
    "Heartbeat",
    "LinkKey",
    "Message",
    "Purchase",
    "PurchaseLine",
    "Refusal",
    "Shop",
    "SignUp",
    "SignUpForm",
    "StepRun",
    "Suppression",
    "Throttle",
    "Topic",
    "Watermark",
]
