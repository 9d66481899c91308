"""The prebuilt flows, one file each. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping

from saleor_mailflow.flows.catalog.abandoned_checkout import ABANDONED_CHECKOUT
from saleor_mailflow.flows.definition import Flow

CATALOG: Mapping[str, Flow] = {flow.key: flow for flow in (ABANDONED_CHECKOUT,)}

__all__ = ["ABANDONED_CHECKOUT", "CATALOG"]
