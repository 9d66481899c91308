"""The shop, and what we remember of our own work in it. Rows and constraints, no behaviour."""

from __future__ import annotations

import secrets

from django.db import models


def new_link_key() -> str:
    """Return a fresh 256-bit key, as hex."""
    return secrets.token_hex(32)


class Shop(models.Model):
    """One Saleor shop. Every other row and unique key carries it."""

    class Road(models.TextChoices):
        #: We live inside the shop: its tables are ours to read.
        PLUGIN = "plugin"
        #: The shop speaks to us by signed webhooks.
        APP = "app"

    domain = models.CharField(max_length=255, unique=True)
    api_url = models.URLField(max_length=500)
    road = models.CharField(max_length=10, choices=Road.choices)
    installed = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    #: The identity this database belongs to; anything else seen means that it is a copy (see ``shop.identity``).
    public_url = models.CharField(max_length=500, blank=True, default="")
    key_fingerprint = models.CharField(max_length=128, blank=True, default="")
    #: Set when another identity was seen: nothing is sent until a person confirms.
    copied_seen = models.CharField(max_length=500, blank=True, default="")

    #: Standalone settings (in the plugin they live in Saleor's own plugin configuration).
    settings = models.JSONField(default=dict, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)

    #: The key set of the shop, and when it was last asked for (at most once a minute for an unknown key).
    jwks = models.JSONField(default=dict, blank=True)
    jwks_fetched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()


class LinkKey(models.Model):
    """A key that signs our links. The newest signs, all verify: links outlive every rotation."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="link_keys")
    key = models.CharField(max_length=64, default=new_link_key)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()


class Watermark(models.Model):
    """How far a sweep or a backfill has come. ``value`` is an ISO time for a sweep, an id for a backfill."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    value = models.CharField(max_length=100, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "name"], name="mailflow_watermark_once")]


class Heartbeat(models.Model):
    """When something last ran: the tick by Saleor's beat, the tick by ``mailflow run``, the sweep."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        default_permissions = ()
