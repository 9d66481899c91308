"""Occasions: what happened to one person that flows begin with or wait for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from saleor_mailflow.models.audience import Contact
from saleor_mailflow.models.flow import Enrollment
from saleor_mailflow.models.shop import Shop


class Occasion(models.Model):
    """Something that happened to a contact: ``order.paid``, ``mail.clicked``, ``tag.added``. Written once."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="occasions", db_index=False)
    kind = models.CharField(max_length=40)
    #: Which one: the tag, the segment, the template of the mail, the name of a custom event.
    of = models.CharField(max_length=120, blank=True, default="")
    #: What it is about: ``order:<id>``, ``basket:<token>``, ``message:<uuid>``.
    subject = models.CharField(max_length=120, blank=True, default="")
    #: The enrollment whose mail it is about.
    enrollment = models.ForeignKey(Enrollment, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    #: Made from the fact, such as ``order.paid:<id>``: the same fact twice is one occasion.
    key = models.CharField(max_length=200)
    #: When it happened, and when we learned of it.
    at = models.DateTimeField()
    learned_at = models.DateTimeField()
    #: Small facts for mails and conditions; never an address.
    detail = models.JSONField(default=dict, db_default={}, blank=True)
    #: Whether every flow that begins with such an occasion has decided about it.
    considered = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "key"], name="mailflow_occasion_once")]
        indexes = [
            models.Index(fields=["shop", "id"], name="mailflow_occasion_new", condition=Q(considered=False)),
            models.Index(fields=["contact", "kind", "at"], name="mailflow_occasion_contact"),
        ]
