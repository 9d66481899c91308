"""People: contacts, what they agreed to, and whom we may never write to again."""

from __future__ import annotations

from django.db import models

from saleor_mailflow.models.shop import Shop


class Contact(models.Model):
    """A person as one shop knows them, by normalised email address."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    #: Normalised (``audience.addresses.normalise``); replaced by ``erased:<hash>`` on erasure.
    email = models.CharField(max_length=320)
    user_ref = models.CharField(max_length=100, blank=True, default="")
    first_name = models.CharField(max_length=256, blank=True, default="")
    last_name = models.CharField(max_length=256, blank=True, default="")
    language = models.CharField(max_length=35, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    is_staff = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    #: When the shop told us that the account is gone; personal data is erased then.
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "email"], name="mailflow_contact_once")]
        indexes = [models.Index(fields=["shop", "user_ref"], name="mailflow_contact_user")]


class Consent(models.Model):
    """One thing a contact said about mail, appended and never changed; the newest counts."""

    class State(models.TextChoices):
        GRANTED = "granted"
        WITHDRAWN = "withdrawn"

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    #: The sending entity, a group of channels; "" is the whole shop.
    entity = models.CharField(max_length=60, blank=True, default="")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consents")
    topic = models.CharField(max_length=60, default="marketing")
    state = models.CharField(max_length=10, choices=State.choices)
    #: Where it was said, such as ``checkout metadata "newsletter"``.
    source = models.CharField(max_length=200)
    #: The words as they were seen, such as the metadata value.
    proof = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["contact", "topic", "-at", "-id"], name="mailflow_consent_newest")]


class Suppression(models.Model):
    """An address that gets no marketing mail from an entity. Kept as a keyed hash, so that it survives erasure."""

    class Reason(models.TextChoices):
        #: The person said so by one click or on our page.
        UNSUBSCRIBED = "unsubscribed"
        #: The mailbox does not exist.
        BOUNCED = "bounced"
        #: The person called our mail spam.
        COMPLAINED = "complained"
        #: A merchant entered it.
        MANUAL = "manual"

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    entity = models.CharField(max_length=60, blank=True, default="")
    email_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    detail = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["shop", "entity", "email_hash"], name="mailflow_suppression_once")
        ]
