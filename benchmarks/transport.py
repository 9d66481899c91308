"""Our road over SMTP against Django's, in one run on one machine: building the mail, and handing it over.

Run ``python benchmarks/transport.py``. Only the ratios mean anything; rounds alternate, so both meet the same noise.
Refuses to reach any server but a sink of its own.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_mailflow.service.settings")

from django.core.mail import EmailMultiAlternatives, get_connection

from saleor_mailflow.conf import read_settings
from saleor_mailflow.messages.letter import prepare
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.messages.mime import build
from saleor_mailflow.messages.transport import transport_for
from saleor_mailflow.testing.smtp_sink import sink_process

ROUNDS, MAILS = 6, 100
HTML = "<p>" + "Grüße aus dem Laden, Ihr Warenkorb wartet. " * 150 + "</p>"
TEXT = "Ihr Warenkorb wartet. Grüße.\n" * 60


def mail(number: int) -> OutgoingMail:
    return OutgoingMail(
        uuid=uuid4(),
        to_email=f"anna{number}@shopper.example",
        to_name="Änne Müller",
        sender_email="hello@shop.example",
        sender_name="Der Laden GmbH",
        subject="Ihr Warenkorb wartet – 3 Artikel",
        html=HTML,
        text=TEXT,
        headers={
            "List-Unsubscribe": "<https://shop.example/u/t>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def as_djangos(one: OutgoingMail) -> EmailMultiAlternatives:
    headers = {**one.headers, "Message-ID": f"<{one.uuid}@shop.example>", "X-Mailflow-Id": str(one.uuid)}
    sender, to = f'"{one.sender_name}" <{one.sender_email}>', f'"{one.to_name}" <{one.to_email}>'
    message = EmailMultiAlternatives(one.subject, one.text, sender, [to], headers=headers)
    message.attach_alternative(one.html, "text/html")
    return message


def compare(
    what: str, ours: Callable[[list[OutgoingMail]], object], theirs: Callable[[list[OutgoingMail]], object]
) -> None:
    wall: list[float] = []
    cpu: list[float] = []
    per_mail: list[float] = []
    for _ in range(ROUNDS):
        seconds, busy = [], []
        for run in (ours, theirs):
            mails = [mail(number) for number in range(MAILS)]
            began, used = time.perf_counter(), time.process_time()
            run(mails)
            seconds.append(time.perf_counter() - began)
            busy.append(time.process_time() - used)
        wall.append(seconds[1] / seconds[0])
        cpu.append(busy[1] / busy[0])
        per_mail.append(busy[0] / MAILS * 1e6)
    print(f"{what}: {spread(wall)} as many a second, {spread(cpu)} less processor time, {per_mail[0]:.0f} µs a mail")


def spread(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.1f} times ({min(ratios):.1f} to {max(ratios):.1f})"


def main() -> None:
    now = datetime.now(UTC)
    print(f"load {os.getloadavg()[0]:.1f}, mail of {len(build(prepare(mail(0)), at=now))} bytes, Django is 1.0")
    compare(
        "building",
        lambda mails: [build(prepare(one), at=now) for one in mails],
        lambda mails: [as_djangos(one).message().as_bytes(linesep="\r\n") for one in mails],
    )
    with tempfile.TemporaryDirectory() as folder, sink_process(log=Path(folder) / "log") as port:
        options = {"host": "127.0.0.1", "port": str(port), "sink": "yes"}
        transport = transport_for(read_settings({"provider": "smtp", "provider_options": options}))
        backend = get_connection(
            "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port, use_tls=False, use_ssl=False
        )
        backend.open()
        compare(
            "handing over",
            lambda mails: [transport.send(one) for one in mails],
            lambda mails: backend.send_messages([as_djangos(one) for one in mails]),
        )
        transport.close()
        backend.close()


if __name__ == "__main__":
    main()
