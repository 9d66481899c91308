"""How far the money of checkouts has come, in both of Saleor's ways to pay: transactions and (older) payments.

Refuses to trust the checkout's own statuses alone: they say FULL for a free basket nobody paid for, and count money
that is still pending as charged.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef
from saleor.checkout import CheckoutAuthorizeStatus, CheckoutChargeStatus
from saleor.payment import ChargeStatus, TransactionEventType, TransactionKind
from saleor.payment.models import Payment, Transaction, TransactionEvent, TransactionItem

from saleor_mailflow.shop.snapshots import PaymentState

#: While one of these is the last word on a transaction, the shopper or the provider is still at it.
_OPEN_EVENTS = (
    TransactionEventType.AUTHORIZATION_ACTION_REQUIRED,
    TransactionEventType.AUTHORIZATION_REQUEST,
    TransactionEventType.CHARGE_ACTION_REQUIRED,
    TransactionEventType.CHARGE_REQUEST,
)
#: Notes that settle nothing.
_NOTES = (TransactionEventType.INFO,)


def payment_states(checkouts: Collection[tuple[UUID, str, str]], alias: str) -> dict[UUID, PaymentState]:
    """Return the state of each (token, charge status, authorize status). Three queries.

    Anything begun and not finished is PENDING, so that no mail tells somebody to pay who is just doing it.
    """
    tokens = [token for token, _, _ in checkouts]
    items: dict[UUID, list[dict[str, object]]] = {}
    for item in (
        TransactionItem.objects.using(alias)
        .filter(checkout_id__in=tokens)
        .values(
            "pk", "checkout_id", "charged_value", "authorized_value", "charge_pending_value", "authorize_pending_value"
        )
    ):
        items.setdefault(item["checkout_id"], []).append(item)
    last_events = dict(
        TransactionEvent.objects.using(alias)
        .filter(transaction__checkout_id__in=tokens)
        .exclude(type__in=_NOTES)
        .order_by("transaction_id", "-created_at", "-pk")
        .distinct("transaction_id")
        .values_list("transaction_id", "type")
    )
    authorized = Transaction.objects.filter(
        payment_id=OuterRef("pk"), kind=TransactionKind.AUTH, is_success=True, action_required=False
    )
    payments: dict[UUID, list[dict[str, object]]] = {}
    for payment in (
        Payment.objects.using(alias)
        .filter(checkout_id__in=tokens, is_active=True)
        .annotate(authorized=Exists(authorized))
        .values("checkout_id", "to_confirm", "charge_status", "authorized")
    ):
        payments.setdefault(payment["checkout_id"], []).append(payment)
    return {
        token: _state(charged, reserved, items.get(token, []), last_events, payments.get(token, []))
        for token, charged, reserved in checkouts
    }


def _state(
    charge_status: str,
    authorize_status: str,
    items: list[dict[str, object]],
    last_events: dict[int, str],
    payments: list[dict[str, object]],
) -> PaymentState:
    states = {_payment_state(payment) for payment in payments}
    if any(
        item["charge_pending_value"] or item["authorize_pending_value"] or last_events.get(item["pk"]) in _OPEN_EVENTS  # type: ignore[call-overload]  # a row of Saleor's, untyped
        for item in items
    ):
        states.add(PaymentState.PENDING)
    if any(item["charged_value"] or item["authorized_value"] for item in items):
        if charge_status in {CheckoutChargeStatus.FULL, CheckoutChargeStatus.OVERCHARGED}:
            states.add(PaymentState.PAID)
        elif authorize_status == CheckoutAuthorizeStatus.FULL:
            states.add(PaymentState.AUTHORIZED)
        else:
            states.add(PaymentState.PENDING)
    for state in (PaymentState.PENDING, PaymentState.PAID, PaymentState.AUTHORIZED):
        if state in states:
            return state
    return PaymentState.NONE


def _payment_state(payment: dict[str, object]) -> PaymentState:
    if payment["charge_status"] == ChargeStatus.FULLY_CHARGED:
        return PaymentState.PAID
    if payment["to_confirm"] or payment["charge_status"] in {ChargeStatus.PENDING, ChargeStatus.PARTIALLY_CHARGED}:
        return PaymentState.PENDING
    return PaymentState.AUTHORIZED if payment["authorized"] else PaymentState.NONE
