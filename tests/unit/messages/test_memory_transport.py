"""The fake that other tests stand on does what it was told, and no more."""

from __future__ import annotations

from uuid import uuid4

import pytest

from saleor_mailflow.exceptions import OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages.mail import OutgoingMail, Transport
from saleor_mailflow.testing.memory_transport import MemoryTransport


def mail(to: str = "anna@shopper.example") -> OutgoingMail:
    return OutgoingMail(uuid=uuid4(), to_email=to, sender_email="a@shop.example", subject="", html="", text="")


def test_a_scripted_failure_keeps_the_mail_from_the_provider_unless_it_was_taken() -> None:
    transport = MemoryTransport()
    transport.fail(TryLater("not now"), times=2)
    transport.fail(OutcomeUnknown("who knows"), taken=True)
    transport.fail(Refused("never"), to="bob@shopper.example")
    for failure in (TryLater, TryLater, OutcomeUnknown):
        with pytest.raises(failure):
            transport.send(mail())
    for _ in range(2):
        with pytest.raises(Refused):
            transport.send(mail("bob@shopper.example"))
    transport.send(mail())
    assert (len(transport.sent), len(transport.tries)) == (2, 6)


def test_repeats_are_kept_once_where_the_provider_deduplicates() -> None:
    for deduplicates, kept in ((True, 1), (False, 2)):
        transport: Transport = MemoryTransport(deduplicates=deduplicates)
        one = mail()
        assert transport.send(one) == transport.send(one)
        assert isinstance(transport, MemoryTransport)
        assert len(transport.sent) == kept
        transport.close()
        assert transport.closed == 1
