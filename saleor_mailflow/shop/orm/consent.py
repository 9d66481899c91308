"""Tell Saleor what people said about mail on our pages: one metadata key on their account.

Refuses to touch any other key, and to make an account where there is none. Saleor's webhooks are not called: what is
written here came from us.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from saleor.account.models import User

from saleor_mailflow.shop.gateway import ConsentNote
from saleor_mailflow.shop.orm.references import primary_key, primary_keys


def write_consent(notes: Collection[ConsentNote], key: str, now: datetime) -> int:
    """Set ``key`` to ``true`` or ``false`` on the accounts of these people, or take it away; return how many changed.

    Rows are locked in the order of their key and held for as long as this takes, which is no network call long. Their
    ``updated_at`` moves to ``now``, so that whoever reads the account later knows that the word is not older.
    """
    by_pk = {primary_key("User", note.user_ref): note for note in notes if note.user_ref}
    by_email = {note.email: note for note in notes}
    changed = 0
    with transaction.atomic():
        mine = Q(pk__in=primary_keys("User", [note.user_ref for note in notes])) | Q(email__in=list(by_email))
        rows = User.objects.using("default").filter(mine).order_by("pk").select_for_update(of=("self",))
        for pk, email, metadata in rows.values_list("pk", "email", "metadata"):
            note = by_email.get(email.lower()) or by_pk[pk]
            if email.lower() != note.email:
                # The account has another address by now: consent belongs to the address and does not move along.
                continue
            fresh = {name: value for name, value in (metadata or {}).items() if name != key}
            if note.wants_mail is not None:
                fresh[key] = "true" if note.wants_mail else "false"
            if fresh != (metadata or {}):
                changed += User.objects.using("default").filter(pk=pk).update(metadata=fresh, updated_at=now)
    return changed
