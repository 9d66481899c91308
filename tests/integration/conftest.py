"""After every tick of a story nothing is left that a part of it, asked for itself, would have done."""

from __future__ import annotations

import pytest

from saleor_mailflow.flows.tick import TickReport
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
