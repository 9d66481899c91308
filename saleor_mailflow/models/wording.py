"""What merchants write themselves: the wording of mails, the brand, flows in the making."""

from __future__ import annotations

from django.db import models

from saleor_mailflow.models.flow import FlowVersion
from saleor_mailflow.models.shop import Shop


class TemplateVersion(models.Model):
    """A merchant's own wording of a mail, in one language and channel. Written once; the newest published counts."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    template = models.CharField(max_length=120)
    #: "" is every channel without a wording of its own.
    channel = models.CharField(max_length=255, blank=True, default="")
    language = models.CharField(max_length=10)
    number = models.IntegerField()
    subject = models.CharField(max_length=300)
    preheader = models.CharField(max_length=300, blank=True, default="")
    html = models.TextField()
    text = models.TextField()
    #: None while it is a draft; of several published ones the highest number counts.
    published_at = models.DateTimeField(null=True, blank=True)
    #: True takes the wording back to the package's own.
    withdrawn = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "template", "channel", "language", "number"], name="mailflow_template_once"
            )
        ]


class Brand(models.Model):
    """How a channel looks in mails: what ``messages.brand`` reads. "" is every channel without one of its own."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=255, blank=True, default="")
    values = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "channel"], name="mailflow_brand_once")]


class FlowDraft(models.Model):
    """A flow in the making: what will be its next version once it is published. One a flow."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    flow_key = models.CharField(max_length=60)
    #: As ``Flow.to_json`` writes it; may be unfinished, which the lint says.
    definition = models.JSONField()
    #: The version it was begun from; another one published meanwhile is a conflict.
    base = models.ForeignKey(FlowVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    #: Counts saves: who saves an older one is told.
    revision = models.IntegerField(default=1)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "flow_key"], name="mailflow_draft_once")]
