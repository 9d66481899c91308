"""Flows, their immutable versions, and the people inside them."""

from __future__ import annotations

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from saleor_mailflow.models.audience import Contact
from saleor_mailflow.models.readmodel import Basket, Purchase
from saleor_mailflow.models.shop import Shop


class FlowVersion(models.Model):
    """What a flow was when it was published. Written once; the runner only ever reads ``definition``."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    flow_key = models.CharField(max_length=60)
    number = models.IntegerField()
    definition = models.JSONField()
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=120, blank=True, default="", db_default="")
    #: What the one who published it wanted to say.
    note = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "flow_key", "number"], name="mailflow_version_once")]


class Flow(models.Model):
    """A flow of one shop: whether it is on, and which version new people enter."""

    class Mode(models.TextChoices):
        OFF = "off"
        #: Everything but the hand-off to the provider.
        SHADOW = "shadow"
        LIVE = "live"

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=60)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.OFF)
    #: When it was last switched on: only crossings after this enroll.
    enabled_at = models.DateTimeField(null=True, blank=True)
    version = models.ForeignKey(FlowVersion, null=True, on_delete=models.PROTECT, related_name="+")
    #: The merchant's order: of two flows that want the same person at once, the lower number goes first.
    position = models.SmallIntegerField(null=True, blank=True)
    #: Set when too many people called its mail spam: nothing of it is sent until a person has looked.
    stopped_at = models.DateTimeField(null=True, blank=True)
    #: {channel: mode} where a channel differs from ``mode``.
    channels = models.JSONField(default=dict, db_default={}, blank=True)
    #: Retired: nobody enters any more, those inside go on to the end, and it is shown among the past ones.
    retired_at = models.DateTimeField(null=True, blank=True)
    #: The rate seen, for the sentence.
    stopped_detail = models.JSONField(default=dict, db_default={}, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "key"], name="mailflow_flow_once")]


class Enrollment(models.Model):
    """One person inside one flow. ``due_at`` is the timer; nothing else waits anywhere."""

    class State(models.TextChoices):
        ACTIVE = "active"
        ENDED = "ended"

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, related_name="enrollments")
    version = models.ForeignKey(FlowVersion, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="enrollments")
    basket = models.ForeignKey(Basket, null=True, on_delete=models.SET_NULL, related_name="enrollments")
    purchase = models.ForeignKey(Purchase, null=True, on_delete=models.SET_NULL, related_name="enrollments")
    #: What makes this entry unique within its flow, such as ``basket:<token>:<activity>``.
    key = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    cursor = models.JSONField(default=dict)
    #: Facts fixed at entry: when the shopper was last active, which activity it was.
    context = models.JSONField(default=dict)
    entered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    #: Why the person left, a key of ``flows.reasons``; the sentence is made when shown.
    exit_reason = models.CharField(max_length=40, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    #: Counts claims; every write names the fence it claimed with, so a worker that woke up late writes nothing.
    fence = models.IntegerField(default=0)
    crashes = models.SmallIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["flow", "key"], name="mailflow_enrollment_once"),
            models.CheckConstraint(
                condition=Q(state="active", due_at__isnull=False) | Q(state="ended", ended_at__isnull=False),
                name="mailflow_enrollment_has_timer_or_end",
            ),
        ]
        indexes = [
            # The shop comes first, here and below: one with nothing due does not walk through what is due elsewhere.
            models.Index(fields=["shop", "due_at"], name="mailflow_enrollment_due", condition=Q(state="active")),
            models.Index(fields=["contact", "flow"], name="mailflow_enrollment_contact"),
            models.Index(fields=["basket"], name="mailflow_enrollment_basket", condition=Q(state="active")),
        ]


class StepRun(models.Model):
    """A decision taken for one enrollment at one step, once and for good."""

    id = models.BigAutoField(primary_key=True)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="step_runs")
    step = models.CharField(max_length=60)
    outcome = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["enrollment", "step"], name="mailflow_step_run_once")]


class Refusal(models.Model):
    """A recorded "no, because": somebody crossed a trigger and did not enter."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="refusals")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="refusals")
    key = models.CharField(max_length=120)
    reason = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["flow", "key"], name="mailflow_refusal_once")]


class Message(models.Model):
    """One mail to one person, from the decision to send it until the provider's last word."""

    class State(models.TextChoices):
        #: Decided, waiting for its turn at the gate.
        PLANNED = "planned"
        #: Through the gate and held by a worker; nothing has left yet.
        CLAIMED = "claimed"
        #: The intent is committed: from here on it may have left.
        SENDING = "sending"
        #: The provider took it.
        ACCEPTED = "accepted"
        #: The gate said no; ``reason`` says why.
        BLOCKED = "blocked"
        #: Its time passed while nothing could be sent.
        MISSED = "missed"
        #: Everything but the hand-off was done (shadow mode).
        SHADOWED = "shadowed"
        #: Refused by the provider, not renderable, or too many tries.
        FAILED = "failed"
        #: The worker or the line died in the hand-off: it may or may not have arrived.
        UNKNOWN = "unknown"

    id = models.BigAutoField(primary_key=True)
    #: The same value is the Message-ID, the provider's idempotency key and the link token's subject.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    # Written four times on its way, each time with every index: none that another begins with, or that nobody asks.
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="messages", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="messages", db_index=False)
    flow_key = models.CharField(max_length=60)
    step = models.CharField(max_length=60)
    template = models.CharField(max_length=120)
    purpose = models.CharField(max_length=15)
    #: False for what must come at once (a cart, a welcome): it counts towards the limits and is not stopped by them.
    promotional = models.BooleanField(default=False, db_default=False)
    topic = models.CharField(max_length=60, default="marketing", db_default="marketing")
    #: Stands in for the channel's sending entity; "" is the whole shop.
    entity = models.CharField(max_length=60, blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    reason = models.CharField(max_length=40, blank=True, default="")
    #: What the reason saw: an order number, a date, a provider's code. Never an address.
    detail = models.JSONField(default=dict)
    planned_at = models.DateTimeField()
    due_at = models.DateTimeField()
    #: After this it is late mail that nobody wants: ``missed``.
    expires_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.IntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    crashes = models.SmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    intent_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    provider = models.CharField(max_length=40, blank=True, default="")
    provider_message_id = models.CharField(max_length=255, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    subject = models.CharField(max_length=300, blank=True, default="")
    html = models.TextField(blank=True, default="")
    text = models.TextField(blank=True, default="")
    #: Where its numbered links lead; fixed when it was rendered.
    links = models.JSONField(default=list, db_default=[], blank=True)
    #: The rule of the law table by which it was sent, such as ``DE: consent``.
    basis = models.CharField(max_length=200, blank=True, default="", db_default="")
    #: The highest delivery event so far (``audience.delivery`` ranks them); "" before the provider's first word.
    delivery = models.CharField(max_length=15, blank=True, default="", db_default="")
    delivered_at = models.DateTimeField(null=True, blank=True)
    #: The first open and click by a person; a machine's count for nothing.
    opened_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["enrollment", "step"], name="mailflow_message_once")]
        indexes = [
            models.Index(
                fields=["shop", "due_at", "id"],
                name="mailflow_message_due",
                condition=Q(state__in=["planned", "claimed"]),
            ),
            models.Index(fields=["shop", "lease_until"], name="mailflow_message_sending", condition=Q(state="sending")),
            models.Index(fields=["shop", "intent_at"], name="mailflow_message_unknown", condition=Q(state="unknown")),
            models.Index(fields=["contact", "-planned_at"], name="mailflow_message_contact"),
            models.Index(fields=["shop", "provider_message_id"], name="mailflow_message_provider"),
            # Rows are written in the order of their planning: a few pages of summary instead of an entry a mail.
            BrinIndex(fields=["planned_at"], name="mailflow_message_planned", autosummarize=True, pages_per_range=32),
            models.Index(
                fields=["shop", "clicked_at"], name="mailflow_message_clicked", condition=Q(clicked_at__isnull=False)
            ),
        ]
