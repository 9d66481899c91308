"""Outgoing webhooks: what a flow tells other systems, kept until they took it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from saleor_mailflow.models.flow import Enrollment
from saleor_mailflow.models.shop import Shop


class NoticeTarget(models.Model):
    """Where notices may go: an https address with a secret to sign with."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=60)
    url = models.URLField(max_length=500)
    #: Sealed by ``vault``.
    secret = models.CharField(max_length=500)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "key"], name="mailflow_target_once")]


class Notice(models.Model):
    """One thing told to another system, from the decision until it answered."""

    class State(models.TextChoices):
        PLANNED = "planned"
        DONE = "done"
        #: Refused, or too many tries; ``reason`` says which.
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="notices", db_index=False)
    step = models.CharField(max_length=60)
    target = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    reason = models.CharField(max_length=300, blank=True, default="")
    attempts = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["enrollment", "step"], name="mailflow_notice_once")]
        indexes = [models.Index(fields=["shop", "due_at"], name="mailflow_notice_due", condition=Q(state="planned"))]
