"""The Saleor plugin: hooks that each leave one recorded fact, the settings page, and the door for our links.

Refuses to hurt the shop: at import it needs Saleor, Django and the standard library only; everything of ours is
imported inside a guard when it is needed; no hook raises, publishes or waits, and each returns the value it was given.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import traceback
from collections.abc import Callable
from datetime import UTC
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from saleor.plugins.base_plugin import BasePlugin

from saleor_mailflow import settings_fields

logger = logging.getLogger("saleor_mailflow.plugin")


class MailflowPlugin(BasePlugin):
    """Mailflow, as Saleor sees it. The rules of its settings are in ``saleor_mailflow.conf``."""

    PLUGIN_ID = "saleor.mailflow"
    PLUGIN_NAME = "Mailflow"
    PLUGIN_DESCRIPTION = (
        "Lifecycle email from inside your shop: it reminds people of the cart they left, and stays silent when they "
        "bought. Every flow is off until you switch it on. The field Status says what to do next."
    )
    # False, or events without a channel (accounts) would not reach us, nor any request below /plugins/global/.
    CONFIGURATION_PER_CHANNEL = False
    # True, or the Dashboard would not list the plugin. Every flow is off all the same.
    DEFAULT_ACTIVE = True
    CONFIG_STRUCTURE = settings_fields.CONFIG_STRUCTURE
    DEFAULT_CONFIGURATION = settings_fields.DEFAULT_CONFIGURATION

    # Checkouts. One pending row each, however often they change.

    def checkout_created(self, checkout: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a new checkout."""
        return self._checkout("checkout.created", checkout, previous_value)

    def checkout_updated(self, checkout: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a changed checkout."""
        return self._checkout("checkout.updated", checkout, previous_value)

    def checkout_metadata_updated(self, checkout: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a changed checkout: consent may have been given in its metadata."""
        return self._checkout("checkout.updated", checkout, previous_value)

    def checkout_fully_paid(self, checkout: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a changed checkout: its money has come."""
        return self._checkout("checkout.updated", checkout, previous_value)

    def checkout_fully_authorized(self, checkout: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a changed checkout: its money is reserved."""
        return self._checkout("checkout.updated", checkout, previous_value)

    # Orders. order_bulk_created is left alone: imports start nothing, and the sweep fills the read model.

    def order_created(self, order: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a new order."""
        return self._order("order.created", order, previous_value)

    def order_confirmed(self, order: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a confirmed order."""
        return self._order("order.confirmed", order, previous_value)

    def order_paid(self, order: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a payment towards an order; there may be several."""
        return self._order("order.paid", order, previous_value, repeats=True)

    def order_fully_paid(self, order: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a fully paid order."""
        return self._order("order.fully_paid", order, previous_value)

    def order_updated(self, order: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a changed order."""
        return self._order("order.updated", order, previous_value, repeats=True)

    def order_metadata_updated(self, order: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a changed order."""
        return self._order("order.updated", order, previous_value, repeats=True)

    def order_cancelled(self, order: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a cancelled order."""
        return self._order("order.cancelled", order, previous_value)

    def order_expired(self, order: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record an expired order."""
        return self._order("order.expired", order, previous_value)

    def order_refunded(self, order: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a refund of an order; there may be several."""
        return self._order("order.refunded", order, previous_value, repeats=True)

    def order_fully_refunded(self, order: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a fully refunded order."""
        return self._order("order.fully_refunded", order, previous_value)

    def order_fulfilled(self, order: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record an order that is on its way in full."""
        return self._order("order.fulfilled", order, previous_value)

    # Fulfilments. Their subject is the order.

    def fulfillment_created(self, fulfillment: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a new fulfilment."""
        self._silence(fulfillment, kwargs)
        return self._fulfillment("fulfillment.created", fulfillment, previous_value)

    def fulfillment_approved(self, fulfillment: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record an approved fulfilment."""
        self._silence(fulfillment, kwargs)
        return self._fulfillment("fulfillment.approved", fulfillment, previous_value)

    def fulfillment_canceled(self, fulfillment: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a cancelled fulfilment."""
        return self._fulfillment("fulfillment.cancelled", fulfillment, previous_value)

    def tracking_number_updated(self, fulfillment: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a new tracking number."""
        return self._fulfillment("fulfillment.tracking_updated", fulfillment, previous_value, tracked=True)

    # Accounts.

    def customer_created(self, customer: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a new account."""
        return self._customer("customer.created", customer, previous_value)

    def customer_updated(self, customer: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a changed account."""
        return self._customer("customer.updated", customer, previous_value, repeats=True)

    def customer_metadata_updated(self, customer: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a changed account: consent may have been given or withdrawn in its metadata."""
        return self._customer("customer.updated", customer, previous_value, repeats=True)

    def account_email_changed(self, user: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record a changed account."""
        return self._customer("customer.updated", user, previous_value, repeats=True)

    def customer_deleted(self, customer: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record that staff deleted an account: what we know of it is to be erased."""
        return self._customer("customer.deleted", customer, previous_value)

    def account_confirmed(self, user: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record that somebody confirmed the address of an account."""
        return self._customer("account.confirmed", user, previous_value)

    def account_deleted(self, user: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        """Record that somebody deleted their own account: what we know of it is to be erased."""
        return self._customer("account.deleted", user, previous_value)

    # What they share.

    def _checkout(self, kind: str, checkout: Any, previous_value: Any) -> Any:
        def fact() -> tuple[str, str]:
            token = str(checkout.pk)
            return f"checkout:{token}", token

        return self._record(kind, fact, previous_value, bump=True)

    def _order(self, kind: str, order: Any, previous_value: Any, *, repeats: bool = False) -> Any:
        def fact() -> tuple[str, str]:
            subject = str(order.pk)
            return f"{kind}:{subject}{_stamp(order) if repeats else ''}", subject

        return self._record(kind, fact, previous_value)

    def _fulfillment(self, kind: str, fulfillment: Any, previous_value: Any, *, tracked: bool = False) -> Any:
        def fact() -> tuple[str, str]:
            number = hashlib.sha256(str(fulfillment.tracking_number).encode()).hexdigest()[:16] if tracked else ""
            return f"{kind}:{fulfillment.pk}{':' + number if tracked else ''}", str(fulfillment.order_id)

        return self._record(kind, fact, previous_value)

    def _silence(self, fulfillment: Any, told: dict[str, Any]) -> None:
        """Record before anything else of it that staff sent it without a word to the customer."""
        if told.get("notify_customer", True) is False:
            self._fulfillment("fulfillment.silent", fulfillment, None)

    def _customer(self, kind: str, user: Any, previous_value: Any, *, repeats: bool = False) -> Any:
        def fact() -> tuple[str, str]:
            reference = base64.b64encode(f"User:{user.pk}".encode()).decode() if user.pk else ""
            return f"{kind}:{user.pk}{_stamp(user) if repeats else ''}", reference

        return self._record(kind, fact, previous_value)

    def _record(
        self, kind: str, fact: Callable[[], tuple[str, str]], previous_value: Any, *, bump: bool = False
    ) -> Any:
        """Record ``fact`` (dedupe key, subject) after the shopper's commit. What goes wrong ends here, in the log."""
        try:
            if not self.active:
                return previous_value
            from saleor_mailflow import clock, conf, host
            from saleor_mailflow.webhooks.record import record_from_hook

            if not conf.disabled():
                dedupe_key, subject = fact()
                record_from_hook(
                    shop_id=host.own_shop_id,
                    kind=kind,
                    dedupe_key=dedupe_key,
                    subject=subject,
                    occurred_at=clock.now(),
                    bump=bump,
                )
        except Exception as error:  # noqa: BLE001 - a shopper's request must not fail because of us
            logger.warning("Not recorded: %s (%s). The sweep will find it.", kind, type(error).__name__)
        return previous_value

    # The settings page.

    @classmethod
    def save_plugin_configuration(cls, plugin_configuration: Any, cleaned_data: dict[str, Any]) -> Any:
        """Save what was typed, finished or not, and then do what it asks for. Only Saleor's own saving may fail."""
        items = _sealed(cleaned_data.get("configuration") or [])
        before = _typed(plugin_configuration)
        # An address to test with is a request and no setting: it is never stored.
        kept = [item for item in items if item["name"] != "test_send_to"]
        cleaned_data = {**cleaned_data, "configuration": kept}
        if not plugin_configuration.name:
            # Saleor has just made this row, inactive whatever DEFAULT_ACTIVE says; saving one secret must not switch us
            # off. Saleor leaves the name empty, so from here on it tells a new row from one that was switched off.
            plugin_configuration.name = cls.PLUGIN_NAME
            cleaned_data.setdefault("active", cls.DEFAULT_ACTIVE)
        saved = super().save_plugin_configuration(plugin_configuration, cleaned_data)
        try:
            from saleor_mailflow import settings_page

            typed = {item["name"]: item.get("value") for item in items}
            settings_page.after_save(typed, before=before, after=_typed(saved))
        except Exception as error:  # noqa: BLE001 - the settings are saved; what is wrong stands in ``status``
            logger.error("The settings were saved, what they ask for was not done: %s. Save again.", _where(error))
        return saved

    def resolve_plugin_configuration(self, request: Any) -> Any:
        """Return the settings with ``status`` and the switches as they are at this moment."""
        try:
            from saleor_mailflow import settings_page

            return settings_page.shown(self.configuration)
        except Exception as error:  # noqa: BLE001 - the page must open, or nobody can mend anything
            logger.error("The settings page shows what was saved, without its status: %s.", _where(error))
            return self.configuration

    # The door.

    def webhook(self, request: HttpRequest, path: str | None, previous_value: Any) -> HttpResponse:
        """Answer a request below ``/plugins/saleor.mailflow``: links in mails work while the plugin is switched off."""
        from django.urls import Resolver404, resolve

        view = "The list of our addresses"
        try:
            match = resolve(path or "/", urlconf="saleor_mailflow.urls")
            request.resolver_match = match
            # The name of the view goes to the log, never the path: a path holds somebody's signed link.
            view = match.view_name or "A view"
            answer = match.func(request, *match.args, **match.kwargs)
            return answer if isinstance(answer, HttpResponse) else HttpResponse(answer)
        except (Resolver404, Http404):
            return _say(404, "There is nothing here.")
        except Exception as error:  # noqa: BLE001 - a stranger sees a sentence, never a traceback
            logger.error("%s failed: %s.", view, _where(error))
            return _say(500, "Something went wrong on our side. Please try again later.")


def _typed(saved: Any) -> dict[str, Any]:
    """Return what a saved page holds, by name. Saleor changes its list in place, so this is a copy."""
    values = {item["name"]: item.get("value") for item in saved.configuration or []}
    return {**values, "active": saved.active}


def _sealed(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was typed with its secrets sealed, or as it was typed where that fails: it must be saved."""
    try:
        from saleor_mailflow import settings_page

        return settings_page.sealed(items)
    except Exception as error:  # noqa: BLE001 - settings are saved whatever is wrong with us
        logger.error("Secrets were saved as they were typed: %s.", _where(error))
        return items


def _stamp(row: Any) -> str:
    """Return a row's own time of change, which tells one of its changes from the next."""
    return f":{row.updated_at.astimezone(UTC).isoformat()}"


def _say(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


def _where(error: Exception) -> str:
    """Return the kind and place of an error without its text, which may hold somebody's address."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return f"{type(error).__name__} at {' < '.join(reversed(places[-4:]))}"
