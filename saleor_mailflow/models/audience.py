"""People: contacts, what they agreed to, and whom we may never write to again."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import ExtractDay, ExtractMonth

from saleor_mailflow.models.shop import Shop


class Frequency(models.TextChoices):
    """How often somebody wants promotional mail at most."""

    #: As often as the shop's own limits allow.
    ANY = ""
    WEEKLY = "weekly"
    MONTHLY = "monthly"


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
    #: True once the person chose ``language`` on our page: what the shop says no longer overwrites it.
    language_chosen = models.BooleanField(default=False, db_default=False)
    #: IANA name of the person's time zone where we know it, such as ``Europe/Warsaw``.
    timezone = models.CharField(max_length=40, blank=True, default="", db_default="")
    birthday = models.DateField(null=True, blank=True)
    #: When the birthday was first learned and last changed: it counts once known for 14 days, and changes once a year.
    birthday_known_at = models.DateTimeField(null=True, blank=True)
    birthday_changed_at = models.DateTimeField(null=True, blank=True)
    gender = models.CharField(max_length=20, blank=True, default="", db_default="")
    score = models.IntegerField(default=0, db_default=0)
    #: What the shop's metadata or customer attributes say of the person, by the keys that the settings name.
    attributes = models.JSONField(default=dict, db_default={}, blank=True)
    #: As of when the account said so; what an older account snapshot says comes too late.
    attributes_at = models.DateTimeField(null=True, blank=True)
    #: How often the person wants promotional mail at most.
    frequency = models.CharField(
        max_length=10, choices=Frequency.choices, default=Frequency.ANY, blank=True, db_default=""
    )
    #: No marketing mail before this time, by the person's own wish.
    paused_until = models.DateTimeField(null=True, blank=True)
    #: An address of an office rather than a person, such as ``info@``.
    is_role = models.BooleanField(default=False, db_default=False)
    first_seen_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    #: When what stands above was said: news may come in any order, and the newest word counts, of each by itself.
    user_ref_at = models.DateTimeField(null=True, blank=True)
    name_at = models.DateTimeField(null=True, blank=True)
    language_at = models.DateTimeField(null=True, blank=True)
    country_at = models.DateTimeField(null=True, blank=True)
    #: When the shop told us that the account is gone; personal data is erased then.
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "email"], name="mailflow_contact_once")]
        indexes = [
            models.Index(fields=["shop", "user_ref"], name="mailflow_contact_user"),
            # Whose birthday it is (``audience.anniversaries``).
            models.Index(
                "shop",
                ExtractMonth("birthday"),
                ExtractDay("birthday"),
                name="mailflow_contact_birthday",
                condition=models.Q(birthday__isnull=False),
            ),
        ]


class ConsentWording(models.Model):
    """A text that people agreed to, kept for as long as somebody's consent rests on it. Never changed."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=10)
    text = models.TextField()
    #: SHA-256 of language and text: the same words are one wording.
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "digest"], name="mailflow_wording_once")]


class Topic(models.Model):
    """A kind of mail that people can choose by itself. ``marketing`` is the umbrella over all and has no row."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=60)
    #: {language: name} and {language: sentence}; "en" is the fallback.
    names = models.JSONField(default=dict)
    descriptions = models.JSONField(default=dict, blank=True)
    position = models.SmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "key"], name="mailflow_topic_once")]


class ContactTag(models.Model):
    """A mark on a contact, such as ``engaged`` or ``inactive``; a tag is set or not, and knows since when."""

    id = models.BigAutoField(primary_key=True)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="tags")
    tag = models.CharField(max_length=60)
    #: Who set it: a flow's key, ``hygiene``, ``import``, ``merchant``.
    source = models.CharField(max_length=60, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["contact", "tag"], name="mailflow_tag_once")]
        indexes = [models.Index(fields=["tag", "contact"], name="mailflow_tag_people")]


class Consent(models.Model):
    """One thing a contact said about mail, appended and never changed; the newest counts."""

    class State(models.TextChoices):
        GRANTED = "granted"
        WITHDRAWN = "withdrawn"

    class Basis(models.TextChoices):
        """On what the word rests."""

        #: Asked for on a form and confirmed from the mailbox.
        DOUBLE_OPT_IN = "double_opt_in"
        #: A box ticked in the shop, or the preference centre.
        BOX = "box"
        #: They bought, and were told that they may object.
        EXISTING_CUSTOMER = "existing_customer"
        #: They asked for an offer or a reservation.
        NEGOTIATION = "negotiation"
        #: Brought along from another system by the merchant.
        IMPORTED = "imported"

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
    basis = models.CharField(max_length=20, choices=Basis.choices, default=Basis.BOX, db_default="box")
    #: The text the person saw when they said it, where it was ours.
    wording = models.ForeignKey("ConsentWording", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    #: When the law lets it run out, such as Canada's implied consent; None is never.
    expires_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()
    #: When the source was last heard to say the same again; news that comes late may fall in between.
    heard_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["contact", "topic", "-at", "-id"], name="mailflow_consent_newest"),
            # What an erased person said, by a keyed hash of the place: who only repeats themselves says nothing new.
            models.Index(
                fields=["shop", "source"],
                name="mailflow_consent_erased",
                condition=models.Q(source__startswith="erased:"),
            ),
        ]


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
    #: When we heard of it, where that was later: in a list from another system. None is at once.
    learned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["shop", "entity", "email_hash"], name="mailflow_suppression_once")
        ]
