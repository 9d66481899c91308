"""Who changed what, when, from what to what."""

from __future__ import annotations

from django.db import models

from saleor_mailflow.models.shop import Shop


class AuditEntry(models.Model):
    """One change that a person or a program made to how we work. Appended; secrets and addresses are left out."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    #: Who: ``staff:<id>``, ``app:<id>``, ``command line``, ``settings page``, ``mailflow`` for what we did ourselves.
    actor = models.CharField(max_length=100)
    #: What, in the past tense, such as ``flow.published`` or ``contact.erased``.
    action = models.CharField(max_length=60)
    #: To what, such as ``flow:abandoned_checkout`` or ``contact:17``.
    subject = models.CharField(max_length=200, blank=True, default="")
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["shop", "-at", "-id"], name="mailflow_audit_newest"),
            models.Index(fields=["shop", "subject", "-at"], name="mailflow_audit_subject"),
        ]
