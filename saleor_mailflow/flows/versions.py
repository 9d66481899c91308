"""Read published versions. A version never changes, so what was read once may be kept."""

from __future__ import annotations

from functools import lru_cache

from saleor_mailflow.flows.definition import Flow, flow_from_json
from saleor_mailflow.models import FlowVersion


@lru_cache(maxsize=256)
def _read(version_id: int, digest: str) -> Flow:
    return flow_from_json(FlowVersion.objects.get(pk=version_id, digest=digest).definition)


def definition_of(version_id: int, digest: str) -> Flow:
    """Return the flow of a version. The digest is part of the key, so another database's row is never mistaken."""
    return _read(version_id, digest)
