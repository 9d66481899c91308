"""What became of a mail after the provider took it: the provider's words and our own links."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT

from saleor_mailflow.models.audience import Contact
from saleor_mailflow.models.flow import Message
from saleor_mailflow.models.shop import Shop


class DeliveryEvent(models.Model):
    """One thing that happened to a message, recorded once; ``key`` is made from the fact, since providers repeat."""

    class Kind(models.TextChoices):
        #: The provider has it; recorded only where we are not sure of that.
        ACCEPTED = "accepted"
        DELIVERED = "delivered"
        #: The provider will try again.
        DEFERRED = "deferred"
        #: The mailbox does not exist.
        BOUNCED = "bounced"
        #: The mailbox could not take it.
        SOFT_BOUNCED = "soft_bounced"
        #: The provider or the other side would not have it, for reasons that are not the person's.
        REJECTED = "rejected"
        OPENED = "opened"
        CLICKED = "clicked"
        COMPLAINED = "complained"
        #: At the provider, by its own header or link.
        UNSUBSCRIBED = "unsubscribed"

    class Source(models.TextChoices):
        PROVIDER = "provider"
        #: Our own links and pictures.
        OURS = "ours"

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="delivery_events")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=15, choices=Kind.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    provider = models.CharField(max_length=40, blank=True, default="")
    #: Keyed hash of provider, message, recipient, kind, time and link: unique in the shop.
    key = models.CharField(max_length=64)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    #: Code, link number, agent class. Never an address.
    detail = models.JSONField(default=dict)
    #: Which link of the message was clicked, by its place in ``Message.links``.
    link = models.SmallIntegerField(null=True, blank=True)
    #: True for a scanner, a prefetcher or a mail proxy, False for a person, None while undecided.
    by_machine = models.BooleanField(null=True, blank=True)
    #: None until its effects were taken.
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "key"], name="mailflow_delivery_once")]
        indexes = [
            models.Index(
                fields=["shop", "received_at", "id"],
                name="mailflow_delivery_pending",
                condition=Q(processed_at__isnull=True),
            ),
            models.Index(
                fields=["shop", "received_at", "id"],
                name="mailflow_delivery_undecided",
                condition=Q(by_machine__isnull=True, kind__in=["opened", "clicked"]),
            ),
            # Who else was behind a network address in those minutes; only our own links know one.
            models.Index(
                "shop",
                KT("detail__network"),
                "at",
                name="mailflow_delivery_network",
                condition=Q(source="ours", kind__in=["opened", "clicked"]),
            ),
            models.Index(fields=["message", "kind"], name="mailflow_delivery_message"),
            models.Index(fields=["contact", "kind", "-at"], name="mailflow_delivery_contact"),
        ]
