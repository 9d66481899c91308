"""What the provider tests share: a mail, a transport, and how a failure must read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from saleor_mailflow.conf import read_settings
from saleor_mailflow.exceptions import HandOffFailed
from saleor_mailflow.messages.mail import OutgoingMail, Transport
from saleor_mailflow.messages.transport import transport_for
from tests.contract.provider_cases import CASES, TO

Seam = Callable[[Any], None]


def mail() -> OutgoingMail:
    return OutgoingMail(
        uuid=uuid4(), to_email=TO, sender_email="hello@shop.example", subject="Hi", html="<p>Hi</p>", text="Hi"
    )


def built(name: str, **more: str) -> Transport:
    return transport_for(read_settings({"provider": name, "provider_options": {**CASES[name].fields, **more}}))


def failure(transport: Transport) -> HandOffFailed:
    with pytest.raises(HandOffFailed) as raised:
        transport.send(mail())
    assert TO not in str(raised.value)
    assert "k-secret" not in str(raised.value)
    assert str(raised.value).endswith(".")
    return raised.value
