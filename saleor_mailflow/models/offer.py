"""Offers that a merchant set up, and the codes that people were given of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from saleor_mailflow.models.audience import Contact
from saleor_mailflow.models.flow import Enrollment, Message
from saleor_mailflow.models.shop import Shop


class Offer(models.Model):
    """What a coupon step may give: a ladder of the shop's vouchers, the best one first."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    #: Named by coupon steps, such as ``first_order``.
    key = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    #: References of vouchers, the most generous first; the first that pays and fits is used.
    vouchers = models.JSONField(default=list)
    #: For a shop that cannot be asked for codes: one code for everybody, with its words.
    shared_code = models.CharField(max_length=255, blank=True, default="")
    #: How long a code is good; the voucher's own end may come sooner.
    days = models.SmallIntegerField(default=14)
    #: What has to be left above the channel's cost price, in percent of it; None does not ask.
    margin_percent = models.SmallIntegerField(null=True, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "key"], name="mailflow_offer_once")]


class Coupon(models.Model):
    """One code for one person at one step; reserved with the step, minted in the shop as the mail is claimed."""

    class State(models.TextChoices):
        #: Decided, and unknown to the shop.
        RESERVED = "reserved"
        #: The shop knows the code; the mail has not left yet.
        MINTED = "minted"
        #: The mail that carries it left.
        GIVEN = "given"
        #: An order used it.
        USED = "used"
        #: Taken back: never handed off, or its time is over.
        REAPED = "reaped"
        #: No offer pays or fits: ``reason`` says why, and the mail goes without.
        NONE = "none"

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="coupons", db_index=False)
    step = models.CharField(max_length=60)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="coupons")
    #: The mail it was made for; the reaper asks what became of it.
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    offer_key = models.CharField(max_length=60)
    voucher_ref = models.CharField(max_length=100, blank=True, default="")
    code = models.CharField(max_length=255, blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RESERVED)
    reason = models.CharField(max_length=300, blank=True, default="")
    #: What the mail says of it: kind, value, currency, minimum; decimal strings.
    terms = models.JSONField(default=dict)
    reserved_at = models.DateTimeField()
    minted_at = models.DateTimeField(null=True, blank=True)
    given_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "step"], name="mailflow_coupon_once"),
            models.UniqueConstraint(
                fields=["shop", "code"], name="mailflow_coupon_code", condition=~Q(state="none") & ~Q(code="")
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "reserved_at"], name="mailflow_coupon_loose", condition=Q(state="minted")),
            models.Index(
                fields=["shop", "expires_at"],
                name="mailflow_coupon_over",
                condition=Q(state__in=["minted", "given"]),
            ),
        ]
