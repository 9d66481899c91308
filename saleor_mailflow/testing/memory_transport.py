"""A transport that keeps mails in memory and fails on command: for tests and for the demo's what-ifs.

Refuses to reach anybody.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from saleor_mailflow.exceptions import HandOffFailed
from saleor_mailflow.messages.mail import Accepted, OutgoingMail


class MemoryTransport:
    """Takes every mail into ``sent``, unless a failure was scripted. One instance may be used again after ``close``.

    With ``deduplicates`` a uuid taken before is accepted again and kept once, as Resend and Brevo do.
    """

    harmless = True

    def __init__(self, *, provider: str = "memory", deduplicates: bool = False) -> None:
        self.provider = provider
        self.deduplicates = deduplicates
        #: What reached "the provider", in order.
        self.sent: list[OutgoingMail] = []
        #: Every hand-over, failed ones too.
        self.tries: list[OutgoingMail] = []
        #: What was said to come next, for each try.
        self.following: list[OutgoingMail | None] = []
        self.closed = 0
        self._script: deque[tuple[HandOffFailed, bool]] = deque()
        self._always: dict[str, tuple[HandOffFailed, bool]] = {}

    def fail(self, failure: HandOffFailed, *, times: int = 1, taken: bool = False, to: str = "") -> None:
        """Fail the next ``times`` mails, or every mail ``to`` one address, with ``failure``.

        ``taken`` keeps the mail all the same: the provider has it and the answer was lost.
        """
        if to:
            self._always[to] = (failure, taken)
        else:
            self._script.extend([(failure, taken)] * times)

    def send(
        self,
        mail: OutgoingMail,
        *,
        following: OutgoingMail | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> Accepted:
        """Take one mail or fail as scripted; see ``Transport``. There is time to do all that can be done meanwhile."""
        while meanwhile is not None and meanwhile():
            pass
        self.tries.append(mail)
        self.following.append(following)
        scripted = self._always.get(mail.to_email) or (self._script.popleft() if self._script else None)
        if scripted is None or scripted[1]:
            self._take(mail)
        if scripted is not None:
            raise scripted[0]
        return Accepted(provider=self.provider, message_id=f"memory-{mail.uuid}")

    def close(self) -> None:
        """Count the closing."""
        self.closed += 1

    def _take(self, mail: OutgoingMail) -> None:
        if not (self.deduplicates and any(mail.uuid == other.uuid for other in self.sent)):
            self.sent.append(mail)
