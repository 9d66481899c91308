"""Who bought meanwhile, asked of Saleor's orders in the very transaction that claims their mail.

Refuses to miss one: a token, an email in any letter case or spelling of its domain, or an account each suffices.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q
from django.db.models.functions import Lower
from saleor.order import OrderStatus
from saleor.order.models import Order

from saleor_mailflow.shop.gateway import BuyerQuestion
from saleor_mailflow.shop.orm.references import primary_key

#: Nobody bought these. An unconfirmed order was bought; a cancelled one was, too.
_NOT_BOUGHT = (OrderStatus.DRAFT, OrderStatus.EXPIRED)


def read_purchases(questions: Collection[BuyerQuestion], alias: str) -> dict[int, str]:
    """Return the order number that answers each question, by its key. Two queries for any number of questions."""
    if not questions:
        return {}
    orders = Order.objects.using(alias).exclude(status__in=_NOT_BOUGHT).order_by("created_at")
    tokens = {question.token for question in questions if question.token}
    by_token = {
        token: str(number)
        for token, number in orders.filter(checkout_token__in=tokens).values_list("checkout_token", "number")
    }
    spellings = {question.key: _spellings(question.email) for question in questions}
    emails = set().union(*spellings.values())
    users = {question.key: primary_key("User", question.user_ref) for question in questions}
    since = list(
        orders.filter(created_at__gte=min(question.since for question in questions))
        .annotate(order_email=Lower("user_email"), account_email=Lower("user__email"))
        .filter(Q(order_email__in=emails) | Q(account_email__in=emails) | Q(user_id__in=set(users.values()) - {None}))
        .values_list("created_at", "order_email", "account_email", "user_id", "number")
    )
    found: dict[int, str] = {}
    for question in questions:
        if question.token in by_token:
            found[question.key] = by_token[question.token]
            continue
        own, account = spellings[question.key], users[question.key]
        for created_at, order_email, account_email, user_id, number in since:
            known = order_email in own or account_email in own or (account is not None and user_id == account)
            if known and created_at >= question.since:
                found[question.key] = str(number)
                break
    return found


def _spellings(email: str) -> set[str]:
    """Return an address as Saleor may have it: in lower case, its domain in letters or in ASCII (RFC 3492)."""
    if not email:
        return set()
    text = email.lower()
    local, _, domain = text.rpartition("@")
    try:
        return {text, f"{local}@{domain.encode('idna').decode()}"}
    except UnicodeError:
        return {text}  # a domain that has no ASCII form cannot be stored in one
