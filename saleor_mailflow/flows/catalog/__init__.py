"""The prebuilt flows, one file each, and those that other packages bring. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping

from saleor_mailflow.flows.catalog.abandoned_checkout import ABANDONED_CHECKOUT
from saleor_mailflow.flows.catalog.added import load_added
from saleor_mailflow.flows.catalog.birthday import BIRTHDAY
from saleor_mailflow.flows.catalog.confirm_sign_up import CONFIRM_SIGN_UP
from saleor_mailflow.flows.catalog.review_request import REVIEW_REQUEST
from saleor_mailflow.flows.catalog.thank_you import THANK_YOU
from saleor_mailflow.flows.catalog.upsell import UPSELL
from saleor_mailflow.flows.catalog.vip import VIP
from saleor_mailflow.flows.catalog.welcome import WELCOME
from saleor_mailflow.flows.catalog.win_back import WIN_BACK
from saleor_mailflow.flows.definition import Flow

_CATALOG: dict[str, Flow] = {
    flow.key: flow for flow in (ABANDONED_CHECKOUT, WELCOME, THANK_YOU, UPSELL, REVIEW_REQUEST, WIN_BACK, BIRTHDAY, VIP)
}
#: What a merchant switches on.
CATALOG: Mapping[str, Flow] = _CATALOG
#: What works by itself, and is always on.
OURS: Mapping[str, Flow] = {flow.key: flow for flow in (CONFIRM_SIGN_UP,)}


def add_flows() -> None:
    """Add the flows of installed packages. Called once, when Django has started; never raises."""
    load_added(_CATALOG)


__all__ = [
    "ABANDONED_CHECKOUT",
    "BIRTHDAY",
    "CATALOG",
    "CONFIRM_SIGN_UP",
    "OURS",
    "REVIEW_REQUEST",
    "THANK_YOU",
    "UPSELL",
    "VIP",
    "WELCOME",
    "WIN_BACK",
    "add_flows",
]
