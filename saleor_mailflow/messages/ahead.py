"""The mails of a micro-batch, each composed once: when its turn comes, or ahead of it while somebody is waited for.

Refuses to let what goes wrong ahead disturb the mail that is on its way just then: it is said when the turn comes. So
is a time limit of the host's task queue that strikes here: it is nobody's template that failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from saleor_mailflow import failpoints
from saleor_mailflow.exceptions import TemplateFailed, interrupts
from saleor_mailflow.messages.claim import Ready
from saleor_mailflow.messages.compose import Composer
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.statements import AskedMeanwhile


class Ahead:
    """Composes ``ready`` in its order. ``composer`` has learnt about them: nothing is looked up here."""

    def __init__(self, composer: Composer, ready: Sequence[Ready], *, at_most: int = 1) -> None:
        """Keep ``at_most`` mails composed ahead of their turn.

        Composing takes longer than most waits, so that a wait is over before it; the more of them were filled with the
        first mails of a batch, the fewer mails would be left for the waits of the others.
        """
        self._composer = composer
        self._at_most = at_most
        self._waiting = {one.message.id: one for one in ready}
        self._made: dict[int, OutgoingMail | TemplateFailed] = {}
        self._interruption: Exception | None = None

    def mail(self, one: Ready) -> OutgoingMail:
        """Return the mail of ``one``. Raises TemplateFailed, and whatever interrupted the composing of any of them."""
        if self._interruption is not None:
            raise self._interruption
        if one.message.id not in self._made:
            self._make(one)
        made = self._made.pop(one.message.id)
        if isinstance(made, TemplateFailed):
            raise made
        return made

    def first_of(self, ready: Sequence[Ready]) -> OutgoingMail | None:
        """Return the mail of the first of these, if it is composed already and its turn is still to come."""
        made = self._made.get(ready[0].message.id) if ready else None
        return made if isinstance(made, OutgoingMail) else None

    def keep(self, ready: Iterable[Ready]) -> None:
        """Forget everybody else: the gate has thought better of them."""
        kept = {one.message.id for one in ready}
        self._waiting = {key: one for key, one in self._waiting.items() if key in kept}
        self._made = {key: made for key, made in self._made.items() if key in kept}

    def compose_next(self) -> bool:
        """Compose the next mail that is not composed yet; return whether one may be composed now. Never raises."""
        one = next(iter(self._waiting.values()), None)
        if one is None or len(self._made) >= self._at_most:
            return False
        try:
            self._make(one)
        except Exception as error:  # noqa: BLE001 - it is raised again when its turn comes, and concerns nobody before
            self._interruption = error if interrupts(error) else None
            return False
        return True

    def _make(self, one: Ready) -> None:
        self._waiting.pop(one.message.id, None)
        failpoints.reach("rendering", str(one.message.uuid))
        try:
            self._made[one.message.id] = self._composer.compose(one)
        except TemplateFailed as error:
            cause = error.__cause__
            if isinstance(cause, AskedMeanwhile) or (cause is not None and interrupts(cause)):
                # Rendering takes whatever happens for the template's fault; the mail is composed again.
                raise cause from None
            self._made[one.message.id] = error
