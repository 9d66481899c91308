"""What a mail server's reply means, reply by reply."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.exceptions import HandOffFailed, OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages.smtp_replies import Stage, failure

S, R, D, E = Stage.SENDER, Stage.RECIPIENT, Stage.DATA, Stage.END


@pytest.mark.parametrize(
    ("stage", "code", "text"),
    [
        (R, 550, "5.1.1 no such user"),
        (R, 550, "<anna@shopper.example>: unknown user"),
        (R, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound"),
        (R, 553, "5.1.3 bad syntax"),
        (R, 551, "user not local"),
        (E, 550, "5.1.1 no such user, found out late"),
    ],
)
def test_the_address_is_to_blame(stage: Stage, code: int, text: str) -> None:
    found = failure(stage, code, text)
    assert isinstance(found, Refused)
    assert found.bad_address
    assert "anna" not in str(found)


@pytest.mark.parametrize(
    ("stage", "code", "text"),
    [
        (R, 550, "5.7.1 blocked by policy"),
        (R, 550, "5.7.515 access denied, not authenticated by DMARC"),
        (R, 552, "5.2.2 mailbox full"),
        (R, 550, "5.2.1 mailbox disabled"),
        (R, 554, "no thanks"),
        (R, 550, "5.1.0 sender address rejected"),
        (R, 553, "5.1.8 sender's domain does not exist"),
        (E, 554, "5.7.1 looks like spam"),
        (E, 552, "5.3.4 too large"),
        (E, 550, "content rejected"),
        (S, 552, "5.3.4 too large"),
        (D, 554, "no valid recipients"),
    ],
)
def test_refused_and_nobody_is_suppressed(stage: Stage, code: int, text: str) -> None:
    found = failure(stage, code, text)
    assert isinstance(found, Refused)
    assert not found.bad_address


@pytest.mark.parametrize(
    ("stage", "code", "text", "batch_waits"),
    [
        (R, 450, "4.2.1 greylisted", False),
        (R, 451, "4.7.1 greylisted", False),
        (R, 452, "4.5.3 too many recipients", False),
        (E, 451, "4.3.0 local error", False),
        (E, 452, "4.3.1 disk full", False),
        (E, 421, "4.3.2 going down", True),
        (R, 421, "4.7.0 slow down", True),
        (S, 451, "4.7.0 try later", False),
        (S, 530, "5.7.0 must issue STARTTLS first", True),
        (S, 550, "5.7.60 not allowed to send as", True),
        (S, 553, "5.7.1 sender address rejected: not owned by user", True),
        (R, 554, "5.7.1 <anna@shopper.example>: Relay access denied", False),
        (R, 550, "5.7.64 TenantAttribution; Relay Access Denied", False),
        (R, 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", False),
        (R, -1, "", True),
        (D, 250, "what?", True),
    ],
)
def test_later(stage: Stage, code: int, text: str, batch_waits: bool) -> None:
    found = failure(stage, code, text)
    assert isinstance(found, TryLater)
    assert found.connection_lost == batch_waits


@pytest.mark.parametrize("code", [-1, 354, 199, 600, 0])
def test_nonsense_after_the_whole_mail_is_never_called_unsent(code: int) -> None:
    assert isinstance(failure(E, code, "what?"), OutcomeUnknown)


@given(st.sampled_from(Stage), st.integers(-1, 999), st.text(max_size=400))
def test_every_reply_has_a_meaning_and_a_sentence(stage: Stage, code: int, text: str) -> None:
    found = failure(stage, code, text, secrets=("geheim",))
    assert isinstance(found, HandOffFailed)
    assert str(found).endswith(".")
    assert "\n" not in str(found)
    if 400 <= code < 500:
        assert isinstance(found, TryLater)
