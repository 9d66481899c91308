"""Stop all marketing mail to somebody, take that back, or begin again by their own wish; and why they left.

Refuses to lift what the person did not do themselves (a bounce, a complaint, the merchant's own entry), and to make a
consent of an undone click where there was none before.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from saleor_mailflow.audience import consent
from saleor_mailflow.audience.said import UMBRELLA, Said
from saleor_mailflow.audience.suppression import suppress, unsuppress
from saleor_mailflow.flows.wake import wake
from saleor_mailflow.models import Consent, ConsentWording, Contact, Farewell, Suppression

#: Where people say it, as it stands in the log of consent.
UNSUBSCRIBE_LINK = "unsubscribe link"
PREFERENCE_CENTRE = "preference centre"


def leave(contact: Contact, *, entity: str, source: str, proof: str, now: datetime) -> None:
    """Stop marketing mail of a sending entity at once: suppressed, and the word kept. Safe to repeat.

    Whoever is inside a flow is looked at by the next tick, so that they leave it now and not when their timer rings.
    """
    with transaction.atomic():
        suppress(
            shop_id=contact.shop_id,
            email=contact.email,
            entity=entity,
            reason=Suppression.Reason.UNSUBSCRIBED,
            at=now,
            detail=f"by the {source}, {proof}",
        )
        said = Said(
            contact_id=contact.pk, state=Consent.State.WITHDRAWN, source=source, proof=f"all off, {proof}", at=now
        )
        consent.append(contact.shop_id, [said], entity=entity)
        wake(now, contact_ids=[contact.pk])


def undo(contact: Contact, *, entity: str, source: str, proof: str, now: datetime) -> None:
    """Take back a ``leave`` from the same source: what was said before it counts again. Safe to repeat.

    The log is appended to, so the yes from before is said again as it was. Where nothing had been said, the new word
    runs out as it is written, which leaves the person where they were: nobody consents by mending a slip.
    """
    with transaction.atomic():
        Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
        unsuppress(shop_id=contact.shop_id, email=contact.email, entity=entity)
        rows = Consent.objects.filter(contact=contact, entity__in=[entity, ""], topic=UMBRELLA)
        before = None
        for row in rows.order_by("-at", "-id"):
            if row.state == Consent.State.GRANTED:
                # Said after leaving: there is nothing to take back.
                return
            if (row.source, row.entity) == (source, entity):
                before = rows.filter(Q(at__lt=row.at) | Q(at=row.at, id__lt=row.pk)).order_by("-at", "-id").first()
                break
            # A no from elsewhere that came after may be the shop's echo of this one (``process.write_back``).
        else:
            return
        if before is not None and before.state == Consent.State.WITHDRAWN:
            return
        said = Said(
            contact_id=contact.pk,
            state=Consent.State.GRANTED,
            source=source,
            proof=f"took leaving back, {proof}; before: {_told(before)}",
            at=now,
            basis=Consent.Basis(before.basis) if before is not None else Consent.Basis.BOX,
            wording_id=before.wording_id if before is not None else None,
            expires_at=before.expires_at if before is not None else now,
        )
        consent.append(contact.shop_id, [said], entity=entity)


def _told(before: Consent | None) -> str:
    return "nothing was said" if before is None else f"{before.source}, {before.at.isoformat()}"


def come_back(
    contact: Contact, *, entity: str, source: str, proof: str, wording: ConsentWording | None, now: datetime
) -> None:
    """Begin again by the person's own wish, said to ``wording``: consent to all marketing mail, leaving lifted."""
    with transaction.atomic():
        Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
        lift(contact, entity=entity)
        said = Said(
            contact_id=contact.pk,
            state=Consent.State.GRANTED,
            source=source,
            proof=f"wants mail again, {proof}",
            at=now,
            wording_id=wording.pk if wording is not None else None,
        )
        consent.append(contact.shop_id, [said], entity=entity)


def lift(contact: Contact, *, entity: str) -> None:
    """Lift what the person did by unsubscribing, for the entity and for the whole shop."""
    for one in {entity, ""}:
        unsuppress(shop_id=contact.shop_id, email=contact.email, entity=one)


def say_why(contact: Contact, reason: str, *, flow_key: str, now: datetime) -> bool:
    """Count why somebody left, once a person and (UTC) day; a later choice of that day replaces it.

    ``reason`` is one of ``Farewell.Reason``; anything else is not counted, and answered with False.
    """
    if reason not in Farewell.Reason.values:
        return False
    with transaction.atomic():
        Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        said = Farewell.objects.filter(shop_id=contact.shop_id, contact=contact, at__gte=today)
        if not said.update(reason=reason, at=now):
            Farewell.objects.create(
                shop_id=contact.shop_id, contact=contact, flow_key=flow_key[:60], reason=reason, at=now
            )
    return True
