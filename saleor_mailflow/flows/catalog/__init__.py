"""The prebuilt flows, one file each. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping

from saleor_mailflow.flows.catalog.abandoned_checkout import ABANDONED_CHECKOUT
from saleor_mailflow.flows.catalog.birthday import BIRTHDAY
from saleor_mailflow.flows.catalog.confirm_sign_up import CONFIRM_SIGN_UP
from saleor_mailflow.flows.catalog.review_request import REVIEW_REQUEST
from saleor_mailflow.flows.catalog.thank_you import THANK_YOU
from saleor_mailflow.flows.catalog.upsell import UPSELL
from saleor_mailflow.flows.catalog.vip import VIP
from saleor_mailflow.flows.catalog.welcome import WELCOME
from saleor_mailflow.flows.catalog.win_back import WIN_BACK
from saleor_mailflow.flows.definition import Flow

#: What a merchant switches on.
CATALOG: Mapping[str, Flow] = {
    flow.key: flow for flow in (ABANDONED_CHECKOUT, WELCOME, THANK_YOU, UPSELL, REVIEW_REQUEST, WIN_BACK, BIRTHDAY, VIP)
}
#: What works by itself, and is always on.
OURS: Mapping[str, Flow] = {flow.key: flow for flow in (CONFIRM_SIGN_UP,)}

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
]
