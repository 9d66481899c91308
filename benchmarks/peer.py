"""What others do with the same mail: django-post-office, Celery with one task per mail, Django's own loop.

Runs in an environment of its own (``benchmarks.peers`` makes it) and takes commands, a line each, on standard input.
Refuses to be tuned for or against: defaults everywhere, one process each, the same mail and the same sink as ours.
Celery does it twice: with a connection a mail, which is what Django's own way comes to in a task, and with one that is
kept.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import django
from celery import Celery
from django.conf import settings

_url = urlsplit(os.environ["BENCH_DATABASE_URL"])
_options = dict(parse_qsl(_url.query))
settings.configure(
    SECRET_KEY="only-for-benchmarks",
    INSTALLED_APPS=["post_office"],
    USE_TZ=True,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _url.path.lstrip("/"),
            "USER": unquote(_url.username or ""),
            "PASSWORD": unquote(_url.password or ""),
            "HOST": _options.get("host") or _url.hostname or "",
            "PORT": str(_url.port or ""),
        }
    },
    EMAIL_BACKEND="post_office.EmailBackend",
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=int(os.environ["BENCH_SMTP_PORT"]),
    POST_OFFICE={"BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"}},
)
django.setup()

MAIL = json.loads(Path(os.environ["BENCH_MAIL"]).read_text(encoding="utf-8"))
SMTP = "django.core.mail.backends.smtp.EmailBackend"
app = Celery("benchmarks.peer", broker=os.environ["BENCH_REDIS_URL"])
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True, worker_hijack_root_logger=False)


def message(recipient, connection=None):
    """Return the mail, already rendered, for one recipient."""
    from django.core.mail import EmailMultiAlternatives

    built = EmailMultiAlternatives(
        MAIL["subject"], MAIL["text"], MAIL["sender"], [recipient], headers=MAIL["headers"], connection=connection
    )
    built.attach_alternative(MAIL["html"], "text/html")
    return built


@app.task(name="send")
def send(recipient):
    """Send one mail as Django does it where nothing else is said: over a connection of its own."""
    from django.core.mail import get_connection

    message(recipient, get_connection(SMTP)).send()


_kept = None


@app.task(name="send_kept")
def send_kept(recipient):
    """Send one mail over a connection that the worker keeps, as who knows about it does."""
    global _kept
    from django.core.mail import get_connection

    _kept = _kept or get_connection(SMTP)
    _kept.open()
    try:
        message(recipient, _kept).send()
    except OSError:
        # The server may have closed it; the next task opens another. Whether to repeat this one is not decided here.
        _kept.close()
        raise


def queue_post_office(recipients):
    """Queue the mails, which costs time that does not count."""
    from post_office import mail
    from post_office.models import Email

    Email.objects.all().delete()
    mail.send_many(
        [
            {
                "recipients": [one],
                "sender": MAIL["sender"],
                "subject": MAIL["subject"],
                "message": MAIL["text"],
                "html_message": MAIL["html"],
                "headers": MAIL["headers"],
            }
            for one in recipients
        ]
    )


def send_post_office(recipients):
    """Send what is queued, batch after batch, as the command send_queued_mail does."""
    from post_office.mail import get_queued, send_queued

    while get_queued().exists():
        send_queued()


def send_loop(recipients):
    """Send over one connection in a loop, nothing written down: what a shell script would do."""
    from django.core.mail import get_connection

    with get_connection(SMTP) as connection:
        for one in recipients:
            message(one, connection).send()


def send_celery(recipients):
    """Queue a task a mail, as whoever finds out what is due does, for a worker that is at it at once.

    The caller counts at the sink; waiting for the worker's word would be time of ours.
    """
    for one in recipients:
        send.delay(one)


def send_celery_kept(recipients):
    """Queue a task a mail for a worker that keeps its connection."""
    for one in recipients:
        send_kept.delay(one)


def hold_celery(recipients):
    """Queue tasks that are due in an hour, and come back when the worker has taken all of them in."""
    for one in recipients:
        send.apply_async((one,), countdown=3600)
    with app.connection_for_read() as broker:
        until = time.monotonic() + 60
        while broker.default_channel.client.llen("celery"):
            if time.monotonic() > until:
                raise RuntimeError("The worker did not take the waiting tasks in 60 s.")
            time.sleep(0.05)


def nothing(recipients):
    """Need no preparation."""


COMMANDS = {
    "post_office": (queue_post_office, send_post_office),
    "celery": (nothing, send_celery),
    "celery_kept": (nothing, send_celery_kept),
    "celery_eta": (nothing, hold_celery),
    "loop": (nothing, send_loop),
}


def main():
    """Answer each command line with a line: {"seconds", "cpu"} of its second half."""
    from django.core.management import call_command

    # post-office tells of every batch, on a handler of its own.
    logging.disable(logging.INFO)
    call_command("migrate", verbosity=0)
    print(json.dumps({"versions": versions()}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        prepare, run = COMMANDS[command["what"]]
        prepare(command["recipients"])
        print("ready", flush=True)
        sys.stdin.readline()
        began, used = time.perf_counter(), time.process_time()
        run(command["recipients"])
        print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time() - used}), flush=True)


def versions():
    """Return what is measured."""
    from importlib.metadata import version

    return {name: version(name) for name in ("django-post-office", "celery", "redis", "Django", "psycopg")}


if __name__ == "__main__":
    main()
