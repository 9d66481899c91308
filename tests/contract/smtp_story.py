"""What the SMTP tests share: a mail, an impatient transport, a server in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from saleor_mailflow.conf import read_settings
from saleor_mailflow.exceptions import HandOffFailed
from saleor_mailflow.messages.mail import OutgoingMail, Transport
from saleor_mailflow.messages.transport import transport_for
from saleor_mailflow.testing.smtp_sink import read_log

PATIENCE = 0.4


def mail(to: str = "anna@shopper.example", *, html: str = "<p>Grüße</p>") -> OutgoingMail:
    return OutgoingMail(
        uuid=uuid4(), to_email=to, sender_email="hello@shop.example", subject="Grüße", html=html, text=".\n..dots\n"
    )


def smtp(to_port: int, /, **more: str) -> Transport:
    options = {"host": "127.0.0.1", "port": str(to_port), "timeout": str(PATIENCE), "connect_timeout": "2", **more}
    return transport_for(read_settings({"provider": "smtp", "provider_options": options}))


def failure(transport: Transport, one: OutgoingMail, *, following: OutgoingMail | None = None) -> HandOffFailed:
    with pytest.raises(HandOffFailed) as raised:
        transport.send(one, following=following)
    assert "@" not in str(raised.value)
    assert "geheim" not in str(raised.value)
    assert str(raised.value).endswith(".")
    return raised.value


@dataclass(frozen=True)
class Server:
    port: int
    log: Path
    keep: Path

    def took(self, one: OutgoingMail) -> int:
        return [taken.uuid for taken in read_log(self.log)].count(str(one.uuid))
