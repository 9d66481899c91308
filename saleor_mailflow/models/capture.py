"""The way in for people: sign-up forms, what was typed into them, and counters against abuse."""

from __future__ import annotations

import uuid

from django.db import models

from saleor_mailflow.models.audience import ConsentWording, Contact
from saleor_mailflow.models.shop import Shop


class SignUpForm(models.Model):
    """A form that a shop shows: hosted by us, or embedded in its storefront."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    key = models.SlugField(max_length=60)
    #: The channel whose brand, sender and language the form speaks for; its sending entity gets the consent.
    channel = models.CharField(max_length=255, blank=True, default="")
    active = models.BooleanField(default=True)
    #: What it asks and promises, read by ``audience.forms``: topics, fields, survey, reward, texts, allowed origins.
    definition = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "key"], name="mailflow_form_once")]


class SignUp(models.Model):
    """Somebody typed an address into a form. Nothing of it counts before it is confirmed from the mailbox."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="sign_ups")
    form = models.ForeignKey(SignUpForm, null=True, on_delete=models.SET_NULL, related_name="+")
    entity = models.CharField(max_length=60, blank=True, default="")
    channel = models.CharField(max_length=255, blank=True, default="")
    language = models.CharField(max_length=35, blank=True, default="")
    #: name, topics, frequency, birthday, survey: applied to the contact on confirmation, not before.
    answers = models.JSONField(default=dict)
    #: Where it was typed, such as ``form footer`` or ``API``.
    source = models.CharField(max_length=200)
    wording = models.ForeignKey(ConsentWording, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["shop", "contact", "-created_at"], name="mailflow_signup_contact"),
            # Who waits for the mail that asks them (``flows.sign_ups``); older ones wait for nothing any more.
            models.Index(
                fields=["shop", "created_at"],
                name="mailflow_signup_open",
                condition=models.Q(confirmed_at__isnull=True),
            ),
        ]


class Farewell(models.Model):
    """Why somebody left, in their own choice of words; counted, never a condition for leaving."""

    class Reason(models.TextChoices):
        TOO_OFTEN = "too_often"
        NOT_RELEVANT = "not_relevant"
        NEVER_ASKED = "never_asked"
        #: They had what they came for.
        DONE = "done"
        OTHER = "other"

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    flow_key = models.CharField(max_length=60, blank=True, default="")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        # One a person and day: changing one's mind on the page counts once.
        indexes = [models.Index(fields=["shop", "-at"], name="mailflow_farewell_newest")]


class Throttle(models.Model):
    """How often something was tried in a window of time. ``key`` is a keyed hash, never an address."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64)
    window_start = models.DateTimeField()
    count = models.IntegerField(default=1, db_default=1)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["key", "window_start"], name="mailflow_throttle_once")]
        indexes = [models.Index(fields=["window_start"], name="mailflow_throttle_old")]
