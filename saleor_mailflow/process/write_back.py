"""Tell the shop what people said on our pages, so that its own account page shows the same. Runs in the tick.

Refuses to write over a newer word from anywhere, to pass on what was said to one topic or one sending entity (the shop
has one key for all), and to do any of it while somebody waits for a page.

How this can fail, and who is hurt: the worker dies before the mark is moved (the same word is written again, which
changes nothing); a word is committed after one with a higher id (whatever is younger than LOOK_BACK is looked at again
each time). Nobody gets or loses mail by it: our own log decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from saleor_mailflow.audience import consent, leaving
from saleor_mailflow.audience.said import UMBRELLA
from saleor_mailflow.models import Consent, Shop, Watermark
from saleor_mailflow.shop.gateway import ConsentBook, ConsentNote

LOOK_BACK = timedelta(minutes=10)
_BATCH = 1000
_MARK = "consent written back"
_OURS = Q(source__in=[leaving.UNSUBSCRIBE_LINK, leaving.PREFERENCE_CENTRE]) | Q(
    basis=Consent.Basis.DOUBLE_OPT_IN, source__startswith="form "
)


def write_back(shop: Shop, *, book: object, key: str, now: datetime) -> int:
    """Write what was said on our pages since the last time; return how many accounts were changed.

    ``book`` is the shop's gateway; one that cannot write is left alone. Two queries where nothing was said.
    """
    if not isinstance(book, ConsentBook) or key.startswith("attribute:"):
        # A customer attribute is the merchant's to define, and only read.
        return 0
    mark, _ = Watermark.objects.get_or_create(shop=shop, name=_MARK, defaults={"value": "0:0", "at": now})
    settled, noted = (int(part) for part in mark.value.split(":"))
    rows = Consent.objects.filter(_OURS, shop=shop, pk__gt=settled, topic=UMBRELLA, entity="")
    people = dict.fromkeys(rows.order_by("pk").values_list("contact_id", flat=True))
    changed = 0
    for start in range(0, len(people), _BATCH):
        batch = list(people)[start : start + _BATCH]
        mine = rows.filter(contact_id__in=batch).select_related("contact").order_by("pk")
        changed += book.write_consent(_notes(mine, now), key, now)
    if now - mark.at >= LOOK_BACK:
        # Whatever has a lower id than was noted then is committed by now.
        last = Consent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        mark.value, mark.at = f"{noted}:{last}", now
        mark.save(update_fields=["value", "at"])
    return changed


def _notes(rows: Iterable[Consent], now: datetime) -> list[ConsentNote]:
    newest = {row.contact_id: row for row in rows}
    said = consent.words(newest)
    notes = []
    for contact_id, row in newest.items():
        word = consent.standing(said.get(contact_id, {}))
        if row.contact.erased_at is not None or word is None or (word.at, word.state) != (row.at, row.state):
            continue
        # A yes that has run out is what a slip leaves behind where nothing was said before.
        lasting = word.expires_at is None or word.expires_at > now
        wants = word.granted if lasting or not word.granted else None
        notes.append(ConsentNote(user_ref=row.contact.user_ref, email=row.contact.email, wants_mail=wants))
    return notes
