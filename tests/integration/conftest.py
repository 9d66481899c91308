"""What holds in every story: a tick leaves nothing undone, and a slow machine asks the same questions as a fast one."""

from __future__ import annotations

import pytest

from saleor_mailflow.flows.tick import TickReport
from saleor_mailflow.messages import ledger, outbox
from saleor_mailflow.testing.world import World
from tests.thorough import left_undone


@pytest.fixture(autouse=True)
def _nothing_left_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    tick = World.tick

    def thoroughly(world: World) -> TickReport:
        report = tick(world)
        left = left_undone(world)
        assert not left, f"a tick at {world.now} left undone: {left}"
        return report

    monkeypatch.setattr(World, "tick", thoroughly)


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate's answers do not grow old, nor outcomes urgent, because the machine has much else to do.

    Both are asked for again after a second. A story about that says so itself.
    """
    monkeypatch.setattr(outbox, "FRESH_SECONDS", 3600.0)
    monkeypatch.setattr(ledger, "SETTLE_SECONDS", 3600.0)
