"""Write what accounts say of people beside their name: date of birth, gender, and the attributes that were asked for.

Refuses to keep what the settings do not name, to take older news over newer, and a second birthday within a year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.birthdays import read_birthday, set_birthday
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.models import Contact, Shop
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.shop.snapshots import CustomerSnapshot

#: As long as the value of an attribute may be; more is no attribute but a story.
LONGEST = 200

_FIELDS = ["birthday", "birthday_known_at", "birthday_changed_at", "gender", "attributes", "attributes_at"]


def write_about(shop_id: int, snapshots: Sequence[CustomerSnapshot], *, now: datetime) -> int:
    """Write what these accounts say, by the keys that the settings name; return how many contacts changed.

    ``now`` dates what we learn: a birthday counts from then on. To be called behind ``write_customers``, in the same
    transaction. Two queries and those that read the settings; one more where anything changed, none for nobody.
    """
    if not snapshots:
        return 0
    settings = settings_of(Shop.objects.get(pk=shop_id))
    emails = {normalise(one.email) for one in snapshots} - {""}
    known = {one.email: one for one in Contact.objects.filter(shop_id=shop_id, email__in=emails, erased_at=None)}
    changed: dict[int, Contact] = {}
    for snapshot in sorted(snapshots, key=lambda one: one.updated_at):
        contact = known.get(normalise(snapshot.email))
        if contact is not None and _say(contact, snapshot, settings, now):
            changed[contact.pk] = contact
    if changed:
        Contact.objects.bulk_update([changed[pk] for pk in sorted(changed)], _FIELDS, batch_size=500)
    return len(changed)


def _say(contact: Contact, snapshot: CustomerSnapshot, settings: ShopSettings, now: datetime) -> bool:
    """Note on ``contact`` (not saved) what an account says; return whether that changed anything."""
    if contact.attributes_at is not None and snapshot.updated_at < contact.attributes_at:
        return False
    said = snapshot.metadata
    gender = _value(said, settings.gender_key).lower()[:20]
    attributes = {key: value for key in settings.attribute_keys if (value := _value(said, key)[:LONGEST])}
    born = read_birthday(_value(said, settings.birthday_key), now.date())
    changed = born is not None and set_birthday(contact, born, now)
    if (gender, attributes) != (contact.gender, contact.attributes):
        contact.gender, contact.attributes, contact.attributes_at = gender, attributes, snapshot.updated_at
        changed = True
    return changed


def _value(said: Mapping[str, str], key: str) -> str:
    """Return what stands under a metadata key or else in the customer attribute of that slug, "" where nothing does."""
    text = str(said.get(key) or said.get(f"attribute:{key.removeprefix('attribute:')}") or "")
    return text.replace("\0", "").strip()
