"""Products as we know them from what people bought, which of them go together, and what sells best. Rows only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from saleor_mailflow.models.shop import Shop


class Product(models.Model):
    """A product that somebody bought: enough to choose it, never enough to show it (the shelf is asked for that)."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=100)
    name = models.CharField(max_length=400, blank=True, default="")
    slug = models.CharField(max_length=255, blank=True, default="")
    category_ref = models.CharField(max_length=100, blank=True, default="")
    category_name = models.CharField(max_length=400, blank=True, default="")
    image_url = models.CharField(max_length=1000, blank=True, default="")
    #: Distinct buyers within the time that pairings count.
    buyers = models.IntegerField(default=0)
    first_seen_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    #: When the shop was last asked about it; None is never.
    looked_at = models.DateTimeField(null=True, blank=True)
    #: Buyers since its pairings were reckoned, and those who came back for something else.
    news = models.IntegerField(default=0, db_default=0)
    #: Its pairings are older than what people bought since.
    stale = models.BooleanField(default=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "ref"], name="mailflow_product_once")]
        indexes = [
            models.Index(fields=["shop", "id"], name="mailflow_product_stale", condition=Q(stale=True)),
            models.Index(
                fields=["shop", "category_ref", "-buyers"],
                name="mailflow_product_category",
                condition=~Q(category_ref=""),
            ),
        ]


class Pairing(models.Model):
    """Of those who bought one product, how many bought another with it, or later."""

    class Kind(models.TextChoices):
        #: In the same order.
        TOGETHER = "together"
        #: In a later one.
        NEXT = "next"

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    product_ref = models.CharField(max_length=100)
    other_ref = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    #: People who bought both, and of those who bought ``product_ref`` at all.
    both = models.IntegerField()
    buyers = models.IntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["shop", "product_ref", "kind", "other_ref"], name="mailflow_pairing_once")
        ]


class BestSeller(models.Model):
    """What sold in one channel in the last thirty days, by the number of people who bought it."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=255)
    product_ref = models.CharField(max_length=100)
    rank = models.IntegerField()
    buyers = models.IntegerField()
    pieces = models.IntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["shop", "channel", "product_ref"], name="mailflow_best_seller_once")
        ]
