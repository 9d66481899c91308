"""The prebuilt flows, one file each. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping

from saleor_mailflow.flows.catalog.abandoned_checkout import ABANDONED_CHECKOUT
from saleor_mailflow.flows.catalog.confirm_sign_up import CONFIRM_SIGN_UP
from saleor_mailflow.flows.definition import Flow

#: What a merchant switches on.
CATALOG: Mapping[str, Flow] = {flow.key: flow for flow in (ABANDONED_CHECKOUT,)}
#: What works by itself, and is always on.
OURS: Mapping[str, Flow] = {flow.key: flow for flow in (CONFIRM_SIGN_UP,)}

__all__ = ["ABANDONED_CHECKOUT", "CATALOG", "CONFIRM_SIGN_UP", "OURS"]
