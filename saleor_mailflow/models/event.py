"""Recorded events: the one table that every road in writes to."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from saleor_mailflow.models.shop import Shop


class Event(models.Model):
    """Something that happened in the shop, recorded once however many roads reported it.

    ``dedupe_key`` is made from the fact (``order.created:<id>``). Checkout hooks share one row per checkout
    (``checkout:<token>``) and count ``generation`` up; the row is pending while ``processed_generation`` is behind.
    ``payload`` is a webhook's snapshot, dropped once processed.
    """

    class Source(models.TextChoices):
        HOOK = "hook"
        WEBHOOK = "webhook"
        SWEEP = "sweep"

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    dedupe_key = models.CharField(max_length=200)
    #: The checkout token, order id or user reference it is about; empty where the host named none.
    subject = models.CharField(max_length=100, blank=True, default="")
    source = models.CharField(max_length=10, choices=Source.choices)
    #: When it happened, and when we learned of it.
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    payload = models.JSONField(null=True, blank=True)
    generation = models.IntegerField(default=1, db_default=1)
    processed_generation = models.IntegerField(default=0, db_default=0)
    processed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.SmallIntegerField(default=0, db_default=0)
    #: Not before this time (a lease while a worker holds it, a delay after a failure).
    not_before = models.DateTimeField(null=True, blank=True)
    #: Why it was set aside after three failures; empty otherwise.
    parked = models.TextField(blank=True, default="", db_default="")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "dedupe_key"], name="mailflow_event_once")]
        indexes = [
            models.Index(
                fields=["shop", "occurred_at", "id"],
                name="mailflow_event_pending",
                condition=Q(processed_generation__lt=F("generation"), parked=""),
            ),
            # Few, and looked through for whom is to be erased.
            models.Index(fields=["shop", "id"], name="mailflow_event_parked", condition=~Q(parked="")),
        ]
