"""What is old in each table, and what becomes of it: the statements of ``process.retention``, which calls them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import ForeignKey, Model
from django.db.models.fields.reverse_related import ForeignObjectRel

from saleor_mailflow.audience.erasing import erase_personal_data
from saleor_mailflow.models import Contact, Profile, SegmentMember, Shop, SignUp
from saleor_mailflow.webhooks.kinds import DELETIONS

_OPEN_MAIL = "state IN ('planned', 'claimed', 'sending')"
_DELETIONS = ", ".join(f"'{kind}'" for kind in DELETIONS)


@dataclass(frozen=True, kw_only=True)
class Work:
    """One statement's worth: the rows ``t`` of a table that are over (``where``), and the change to those ``ids``."""

    name: str
    policy: str
    table: str
    where: str
    change: str = ""

    @property
    def asks_others(self) -> bool:
        """Tell whether it depends on rows of other tables, which no lock on its own rows holds still."""
        return "SELECT" in self.where


def _deleted(name: str, policy: str, table: str, where: str) -> Work:
    return Work(
        name=name,
        policy=policy,
        table=table,
        where=where,
        change=f"DELETE FROM {table} WHERE id = ANY(%(ids)s)",  # noqa: S608 - our own text
    )


#: Reckoned from the rest: they go with their contact, and keep nobody.
_RECKONED: tuple[type[Model], ...] = (Profile, SegmentMember)


def referrers() -> list[tuple[str, str]]:
    """Return (table, column) of whatever may refer to a contact and keeps it, from the models themselves."""
    found = []
    for one in Contact._meta.get_fields(include_hidden=True):
        if isinstance(one, ForeignObjectRel) and isinstance(one.field, ForeignKey) and one.field.model not in _RECKONED:
            found.append((one.field.model._meta.db_table, one.field.column))
    return found


def _unreferred(alias: str) -> str:
    return " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {table} r WHERE r.{column} = {alias}.id)"  # noqa: S608 - our own names
        for table, column in referrers()
    )


#: In this order: who is let go of last has nothing left that refers to them.
WORK: tuple[Work, ...] = (
    Work(
        name="baskets",
        policy="baskets",
        table="mailflow_basket",
        # The signature stays: by it a cart is known again that the shop only recalculated.
        where="""t.shop_id = %(shop)s AND t.state <> 'converted' AND t.active_at < %(before)s
            AND (t.email <> '' OR t.user_ref <> '' OR t.contact_id IS NOT NULL OR t.lines <> '[]')
            AND NOT EXISTS (SELECT 1 FROM mailflow_enrollment e WHERE e.basket_id = t.id AND e.state = 'active')""",
        change="""UPDATE mailflow_basket SET email = '', user_ref = '', contact_id = NULL, lines = '[]',
            voucher_code = '' WHERE id = ANY(%(ids)s)""",
    ),
    Work(
        name="mail_bodies",
        policy="mail_bodies",
        table="mailflow_message",
        where=f"""t.shop_id = %(shop)s AND t.ended_at < %(before)s AND NOT t.{_OPEN_MAIL}
            AND (t.html <> '' OR t.text <> '' OR t.subject <> '')""",
        change="UPDATE mailflow_message SET subject = '', html = '', text = '' WHERE id = ANY(%(ids)s)",
    ),
    Work(
        name="mail_links",
        policy="mail_links",
        table="mailflow_message",
        where=f"t.shop_id = %(shop)s AND t.ended_at < %(before)s AND NOT t.{_OPEN_MAIL} AND t.links <> '[]'",
        change="UPDATE mailflow_message SET links = '[]' WHERE id = ANY(%(ids)s)",
    ),
    _deleted(
        "step_runs",
        "decisions",
        "mailflow_steprun",
        """EXISTS (SELECT 1 FROM mailflow_enrollment e WHERE e.id = t.enrollment_id AND e.shop_id = %(shop)s
            AND e.state = 'ended' AND e.ended_at < %(before)s)""",
    ),
    _deleted("refusals", "decisions", "mailflow_refusal", "t.shop_id = %(shop)s AND t.at < %(before)s"),
    _deleted(
        "occasions",
        "decisions",
        "mailflow_occasion",
        "t.shop_id = %(shop)s AND t.considered AND t.at < %(before)s AND t.learned_at < %(before)s",
    ),
    _deleted(
        "notices",
        "decisions",
        "mailflow_notice",
        "t.shop_id = %(shop)s AND t.state <> 'planned' AND t.ended_at < %(before)s",
    ),
    Work(
        name="contexts",
        policy="decisions",
        table="mailflow_enrollment",
        where=f"""t.shop_id = %(shop)s AND t.state = 'ended' AND t.ended_at < %(before)s AND t.context <> '{{}}'
            AND NOT EXISTS (SELECT 1 FROM mailflow_message m WHERE m.enrollment_id = t.id AND m.{_OPEN_MAIL})""",  # noqa: S608 - our own text
        change="UPDATE mailflow_enrollment SET context = '{}' WHERE id = ANY(%(ids)s)",
    ),
    _deleted(
        "delivery_events",
        "delivery_events",
        "mailflow_deliveryevent",
        "t.shop_id = %(shop)s AND t.processed_at IS NOT NULL AND t.received_at < %(before)s",
    ),
    _deleted(
        "events",
        "events",
        "mailflow_event",
        f"""t.shop_id = %(shop)s AND t.kind NOT IN ({_DELETIONS})
            AND (t.processed_generation >= t.generation AND t.processed_at < %(before)s
                 OR t.parked <> '' AND t.recorded_at < %(before)s)""",
    ),
    _deleted(
        "sign_ups",
        "sign_ups",
        "mailflow_signup",
        """t.shop_id = %(shop)s AND t.confirmed_at IS NULL AND t.created_at < %(before)s AND t.expires_at < %(now)s""",
    ),
    Work(
        name="farewells",
        policy="farewells",
        table="mailflow_farewell",
        where="t.shop_id = %(shop)s AND t.at < %(before)s AND t.contact_id IS NOT NULL",
        change="UPDATE mailflow_farewell SET contact_id = NULL WHERE id = ANY(%(ids)s)",
    ),
    _deleted("throttles", "throttles", "mailflow_throttle", "t.window_start < %(before)s"),
    _deleted("audit", "audit", "mailflow_auditentry", "t.shop_id = %(shop)s AND t.at < %(before)s"),
    Work(
        name="contacts",
        policy="contacts",
        table="mailflow_contact",
        where=f"""t.shop_id = %(shop)s AND t.erased_at IS NULL AND t.user_ref = '' AND NOT t.is_staff
            AND t.updated_at < %(before)s
            AND NOT EXISTS (SELECT 1 FROM mailflow_purchase p WHERE p.contact_id = t.id)
            AND NOT EXISTS (SELECT 1 FROM mailflow_basket b WHERE b.contact_id = t.id)
            AND NOT EXISTS (SELECT 1 FROM mailflow_consent c WHERE c.contact_id = t.id)
            AND NOT EXISTS (SELECT 1 FROM mailflow_signup s WHERE s.contact_id = t.id)
            AND NOT EXISTS (SELECT 1 FROM mailflow_enrollment e WHERE e.contact_id = t.id AND e.state = 'active')
            AND NOT EXISTS (SELECT 1 FROM mailflow_message m WHERE m.contact_id = t.id AND m.{_OPEN_MAIL})""",  # noqa: S608 - our own text
    ),
)


def let_go_of_sign_ups(ids: Collection[int]) -> None:
    """Delete sign-ups that nobody confirmed, and the contacts of whom nothing else is known."""
    contacts = list(SignUp.objects.filter(id__in=ids).values_list("contact_id", flat=True))
    SignUp.objects.filter(id__in=ids).delete()
    delete_unreferred(contacts)


def let_go_of_contacts(shop: Shop, ids: Collection[int], now: datetime) -> None:
    """Delete these contacts where nothing refers to them, and erase the others as if they had asked for it."""
    delete_unreferred(ids)
    erase_personal_data(shop.pk, ids, now, now=now)


def delete_unreferred(ids: Collection[int]) -> None:
    """Delete those of these contacts to which nothing refers and of whom the shop told nothing either.

    To be called in a transaction.
    """
    with connection.cursor() as cursor:
        # Before it is asked what refers to them: who is written of at this moment is waited for, and seen then.
        cursor.execute("SELECT id FROM mailflow_contact WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(ids)])
        # In one statement: what refers to a contact is looked at when it ends.
        also = "".join(
            f", of_{model._meta.model_name} AS (DELETE FROM {model._meta.db_table} r USING gone "  # noqa: S608 - our own names
            "WHERE r.contact_id = gone.id)"
            for model in _RECKONED
        )
        cursor.execute(
            "WITH gone AS (DELETE FROM mailflow_contact c WHERE c.id = ANY(%s) AND c.user_ref = '' "  # noqa: S608 - our own names
            f"AND c.erased_at IS NULL AND NOT c.is_staff AND {_unreferred('c')} RETURNING c.id){also} SELECT 1",
            [list(ids)],
        )
