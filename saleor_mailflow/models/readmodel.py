"""The read model: baskets and purchases in compact tables of our own, which survive Saleor deleting checkouts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from saleor_mailflow.models.audience import Contact
from saleor_mailflow.models.shop import Shop


class Basket(models.Model):
    """A checkout as we know it."""

    class State(models.TextChoices):
        OPEN = "open"
        #: It became an order.
        CONVERTED = "converted"
        #: The shopper took everything out.
        EMPTIED = "emptied"
        #: Saleor no longer has it and there is no order of it.
        DELETED = "deleted"

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=36)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="baskets")
    channel = models.CharField(max_length=255)
    currency = models.CharField(max_length=3)
    email = models.CharField(max_length=320, blank=True, default="")
    user_ref = models.CharField(max_length=100, blank=True, default="")
    language = models.CharField(max_length=35, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    lines = models.JSONField(default=list)
    line_count = models.SmallIntegerField(default=0)
    total = models.DecimalField(max_digits=20, decimal_places=3, default=0)
    payment = models.CharField(max_length=12, default="none")
    completing_since = models.DateTimeField(null=True, blank=True)
    voucher_code = models.CharField(max_length=255, blank=True, default="")
    #: Digest of what only the shopper changes; ``activity`` counts its changes, ``active_at`` dates the last one.
    signature = models.CharField(max_length=32, blank=True, default="")
    activity = models.IntegerField(default=1)
    active_at = models.DateTimeField()
    #: When the basket got its owner's address or its first line, whichever came last.
    created_at = models.DateTimeField()
    #: The host's own stamp of the snapshot we hold; older snapshots are ignored.
    last_change = models.DateTimeField()
    learned_at = models.DateTimeField()
    #: The ``activity`` for which entry was last decided, per crossing; 0 is never.
    considered_activity = models.IntegerField(default=0)
    #: {``flow:<id>``: activity} for which a flow has decided while others have not.
    considered = models.JSONField(default=dict, db_default={}, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "token"], name="mailflow_basket_once")]
        indexes = [
            models.Index(
                fields=["shop", "active_at"],
                name="mailflow_basket_waiting",
                condition=Q(state="open", considered_activity__lt=models.F("activity"), line_count__gt=0)
                & ~Q(email=""),
            ),
            models.Index(fields=["contact", "-active_at"], name="mailflow_basket_contact"),
            models.Index(fields=["shop", "last_change"], name="mailflow_basket_changed"),
        ]


class Purchase(models.Model):
    """An order as we know it."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    order_id = models.CharField(max_length=36)
    number = models.CharField(max_length=64, blank=True, default="")
    token = models.CharField(max_length=36, blank=True, default="")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="purchases")
    email = models.CharField(max_length=320, blank=True, default="")
    user_ref = models.CharField(max_length=100, blank=True, default="")
    channel = models.CharField(max_length=255)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=35, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    status = models.CharField(max_length=32)
    origin = models.CharField(max_length=32, blank=True, default="")
    paid = models.BooleanField(default=False)
    total = models.DecimalField(max_digits=20, decimal_places=3, default=0)
    total_refunded = models.DecimalField(max_digits=20, decimal_places=3, default=0)
    voucher_code = models.CharField(max_length=255, blank=True, default="")
    #: When we first knew it in that state, as the shop dates it; None where it never was.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    #: The last fulfilment that brought it to all lines.
    fulfilled_at = models.DateTimeField(null=True, blank=True)
    #: Staff sent something of it without a word to the customer: no flow begins with its being sent.
    silent = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    learned_at = models.DateTimeField()
    #: False for drafts and expired orders, which nobody bought.
    counts = models.BooleanField(default=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "order_id"], name="mailflow_purchase_once")]
        indexes = [
            models.Index(fields=["shop", "email", "-created_at"], name="mailflow_purchase_email"),
            # Without the purchases of guests: the planner would count them among those of every account.
            models.Index(
                fields=["shop", "user_ref", "-created_at"], name="mailflow_purchase_user", condition=~Q(user_ref="")
            ),
            models.Index(fields=["shop", "token"], name="mailflow_purchase_token", condition=~Q(token="")),
            models.Index(fields=["contact", "-created_at"], name="mailflow_purchase_contact"),
        ]


class PurchaseLine(models.Model):
    """One line of a purchase."""

    id = models.BigAutoField(primary_key=True)
    purchase = models.ForeignKey(Purchase, on_delete=models.CASCADE, related_name="lines")
    variant_ref = models.CharField(max_length=100)
    product_ref = models.CharField(max_length=100, blank=True, default="")
    product_name = models.CharField(max_length=400, blank=True, default="")
    variant_name = models.CharField(max_length=400, blank=True, default="")
    quantity = models.IntegerField()
    unit_price = models.DecimalField(max_digits=20, decimal_places=3)
    total_price = models.DecimalField(max_digits=20, decimal_places=3)
    product_slug = models.CharField(max_length=255, blank=True, default="", db_default="")
    image_url = models.CharField(max_length=1000, blank=True, default="", db_default="")

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["product_ref"], name="mailflow_line_product")]
