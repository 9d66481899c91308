"""Amazon SES through the real boto3, against a server of our own: one request a mail, whatever happens."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from saleor_mailflow.conf import read_settings
from saleor_mailflow.exceptions import HandOffFailed, OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages.amazon import backend_fields
from saleor_mailflow.messages.mail import OutgoingMail, Transport
from saleor_mailflow.messages.transport import transport_for


def test_boto3_never_repeats_a_request_by_itself() -> None:
    fields = backend_fields({"region_name": "eu-west-1", "endpoint_url": "https://x.example"}, (2.0, 3.0))
    config = fields["client_params"]["config"]
    assert config["retries"]["total_max_attempts"] == 1
    assert (config["connect_timeout"], config["read_timeout"]) == (2.0, 3.0)
    assert fields["session_params"] == {"region_name": "eu-west-1"}


class _Ses(BaseHTTPRequestHandler):
    answer: ClassVar[tuple[int, str, Any]] = (200, "", {"MessageId": "ses-1"})
    bodies: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        status, kind, body = self.answer
        if kind == "hang":
            time.sleep(0.8)
            return
        data = json.dumps(body).encode() if kind != "nonsense" else b"<html>"
        self.send_response(status)
        self.send_header("x-amzn-errortype", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def transport() -> Iterator[Transport]:
    pytest.importorskip("boto3", reason="Amazon SES needs boto3, which Saleor brings and the tests do not install")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Ses)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _Ses.bodies.clear()
    options = {"aws_access_key_id": "AKIA-x", "aws_secret_access_key": "geheim", "region_name": "eu-west-1"}
    options |= {"endpoint_url": f"http://127.0.0.1:{server.server_port}", "timeout": "0.4"}
    found = transport_for(read_settings({"provider": "Amazon SES", "provider_options": options}))
    yield found
    found.close()
    server.shutdown()
    server.server_close()


def mail() -> OutgoingMail:
    return OutgoingMail(
        uuid=uuid4(),
        to_email="anna@shopper.example",
        sender_email="hello@shop.example",
        subject="ß",
        html="ß",
        text="ß",
    )


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((500, "", {"message": "oops"}), OutcomeUnknown),
        ((200, "nonsense", None), OutcomeUnknown),
        ((200, "hang", None), OutcomeUnknown),
        ((429, "TooManyRequestsException", {"message": "slow down"}), TryLater),
        ((403, "UnrecognizedClientException", {"message": "The security token is invalid"}), TryLater),
        ((400, "MessageRejected", {"message": "Email address is not verified."}), TryLater),
        ((400, "BadRequestException", {"message": "Invalid recipient address"}), Refused),
    ],
)
def test_what_goes_wrong_is_judged_after_one_request(
    answer: tuple[int, str, Any], kind: type[HandOffFailed], transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Ses, "answer", answer)
    with pytest.raises(HandOffFailed) as raised:
        transport.send(mail())
    assert type(raised.value) is kind
    assert "anna" not in str(raised.value)
    assert len(_Ses.bodies) == 1


def test_a_mail_goes_as_mime_with_our_ids(transport: Transport) -> None:
    one = mail()
    assert transport.send(one).message_id == "ses-1"
    raw = base64.b64decode(json.loads(_Ses.bodies[0])["Content"]["Raw"]["Data"])
    found = message_from_bytes(raw, policy=policy.default)
    assert found["Message-ID"] == f"<{one.uuid}@shop.example>"
    assert str(one.uuid) in found["X-Metadata"]
