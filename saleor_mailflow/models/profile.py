"""What a contact's orders and signs of life come to, and who is in which segment. Reckoned, never told by anybody."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from saleor_mailflow.models.audience import Contact
from saleor_mailflow.models.shop import Shop


class Profile(models.Model):
    """What is reckoned about a contact; it can be thrown away and reckoned again."""

    class Lifecycle(models.TextChoices):
        """How far somebody has come with the shop."""

        #: Known for less than 30 days, nothing bought.
        NEW = "new"
        #: Nothing bought, and a sign of life in the last 180 days.
        ACTIVE = "active"
        CUSTOMER = "customer"
        VIP = "vip"
        #: Longer without an order than twice their own gap, or without a sign of life for 180 days.
        DORMANT = "dormant"
        #: The same for a year and a half, or unsubscribed, bounced, complained.
        LOST = "lost"

    contact = models.OneToOneField(Contact, primary_key=True, on_delete=models.CASCADE, related_name="profile")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=255, blank=True, default="")
    orders = models.IntegerField(default=0)
    orders_12m = models.IntegerField(default=0)
    #: {currency: amount as a decimal string}, refunds taken off.
    spent = models.JSONField(default=dict)
    spent_12m = models.JSONField(default=dict)
    first_order_at = models.DateTimeField(null=True, blank=True)
    last_order_at = models.DateTimeField(null=True, blank=True)
    last_order_id = models.CharField(max_length=36, blank=True, default="")
    #: The last order, cart or human click.
    last_active_at = models.DateTimeField(null=True, blank=True)
    #: The person's own usual gap between orders (same-day orders merged), None below three of them.
    gap_days = models.FloatField(null=True, blank=True)
    lifecycle = models.CharField(max_length=10, choices=Lifecycle.choices, default=Lifecycle.NEW)
    #: Quintiles among the shop's buyers, 1 to 5; None who never bought.
    recency = models.SmallIntegerField(null=True, blank=True)
    frequency = models.SmallIntegerField(null=True, blank=True)
    monetary = models.SmallIntegerField(null=True, blank=True)
    #: Since when they stand above the line of the VIP flow, and in which currency.
    vip_since = models.DateTimeField(null=True, blank=True)
    vip_currency = models.CharField(max_length=3, blank=True, default="")
    #: When they last fell below that line; twelve months later they may cross it again.
    vip_left_at = models.DateTimeField(null=True, blank=True)
    #: Something about the contact changed since it was reckoned.
    stale = models.BooleanField(default=False)
    reckoned_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["shop", "last_order_at"], name="mailflow_profile_last_order"),
            models.Index(fields=["shop", "contact"], name="mailflow_profile_stale", condition=Q(stale=True)),
            # Who crosses from being a customer into being missed: gap by gap (``audience.quiet``).
            models.Index(fields=["shop", "gap_days", "last_order_at"], name="mailflow_profile_gap"),
            models.Index(fields=["shop", "contact"], name="mailflow_profile_vip", condition=Q(vip_since__isnull=False)),
        ]


class Segment(models.Model):
    """People picked out by a saved condition (``flows.conditions``)."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    conditions = models.JSONField()
    #: How many there were when it was last counted.
    size = models.IntegerField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    #: When its members were last written down, for flows that begin with entering it; None is never.
    members_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "key"], name="mailflow_segment_once")]


class SegmentMember(models.Model):
    """Somebody who was in a segment when it was last reckoned, and since when; for flows that begin with entering."""

    id = models.BigAutoField(primary_key=True)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="members", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="segments")
    since = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["segment", "contact"], name="mailflow_member_once")]
