"""Marks that a merchant puts on a contact or takes off. Refuses to make an old mark young: it stays as old as it is."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from saleor_mailflow.audience.occasions import Note, note
from saleor_mailflow.audit import record_audit
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Contact, ContactTag, Shop

MOST = 50
_TAG = re.compile(r"[a-z0-9][a-z0-9:_.-]{0,59}")


def change_tags(
    shop: Shop, contact: Contact, *, add: Collection[str], remove: Collection[str], actor: str, at: datetime
) -> None:
    """Put marks on and take marks off; a new one is an occasion (``tag.added``) that may begin flows.

    Raises ConfigurationError, changing nothing, for what is no tag.
    """
    for tag in (*add, *remove):
        if not _TAG.fullmatch(tag):
            raise ConfigurationError(
                f"{tag[:60]!r} is no tag: use small letters, digits, - _ . and :, such as vip or likes:tea.", key="tags"
            )
    if len(add) > MOST or len(remove) > MOST:
        raise ConfigurationError(f"More than {MOST} tags at once; change fewer.", key="tags")
    with transaction.atomic():
        held = set(ContactTag.objects.filter(contact=contact).values_list("tag", flat=True))
        fresh = sorted(set(add) - held - set(remove))
        gone = sorted(set(remove) & held)
        ContactTag.objects.bulk_create(
            [ContactTag(contact=contact, tag=tag, source="merchant", at=at) for tag in fresh], ignore_conflicts=True
        )
        ContactTag.objects.filter(contact=contact, tag__in=gone).delete()
        note(shop.pk, [_added(contact, tag, at) for tag in fresh], learned_at=at)
        if fresh or gone:
            record_audit(
                shop,
                actor,
                "contact.tagged",
                f"contact:{contact.pk}",
                before={"tags": gone} if gone else None,
                after={"tags": fresh} if fresh else None,
                at=at,
            )


def _added(contact: Contact, tag: str, at: datetime) -> Note:
    key = f"tag.added:{contact.pk}:{tag}:{at.isoformat()}"
    return Note(contact_id=contact.pk, kind="tag.added", key=key, at=at, of=tag)
