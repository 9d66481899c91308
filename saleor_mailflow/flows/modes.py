"""Whether a flow is on in a channel. Refuses a channel to be on where the flow is off."""

from __future__ import annotations

from saleor_mailflow.models import Flow


def mode_in(flow: Flow, channel: str) -> str:
    """Return ``off``, ``shadow`` or ``live``: the channel's own where it has one, else the flow's."""
    if flow.mode == Flow.Mode.OFF:
        return str(Flow.Mode.OFF)
    return str(flow.channels.get(channel, flow.mode))
