"""One thing that somebody said about mail. Refuses to know what else was said, and what counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from saleor_mailflow.models import Consent

#: The topic over all others: a "no" to it is a "no" to every one.
UMBRELLA = "marketing"


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing a contact said. ``source`` names the place, so that the same word there is not appended twice."""

    contact_id: int
    state: Consent.State
    source: str
    proof: str
    at: datetime
    topic: str = UMBRELLA
    basis: Consent.Basis = Consent.Basis.BOX
    wording_id: int | None = None
    expires_at: datetime | None = None
