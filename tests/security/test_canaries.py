"""Marked secrets and marked people go through everything; nothing that is written, sent or shown to others holds them.

What may hold a person's address: the mail to them, our own tables, and ``why`` asked for that very person. What may
hold a secret: the connection it is for.
"""

from __future__ import annotations

import io
import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.db import DatabaseError
from django.test import Client

from saleor_mailflow import cli
from saleor_mailflow.cli.output import Output
from saleor_mailflow.conf import read_settings, resolve_secret
from saleor_mailflow.exceptions import ConfigurationError, HandOffFailed
from saleor_mailflow.messages.letter import prepare
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.messages.options import Options
from saleor_mailflow.messages.smtp_server import read_server
from saleor_mailflow.messages.transport import transport_for
from saleor_mailflow.messages.trial import send_trial
from saleor_mailflow.models import Event, LinkKey, Shop
from saleor_mailflow.process.doctor import secret_findings
from saleor_mailflow.process.events import process_pending
from saleor_mailflow.service.database import database_from_url
from saleor_mailflow.testing.memory_shop import MemoryShop
from saleor_mailflow.testing.signing import SigningShop
from saleor_mailflow.testing.world import World
from saleor_mailflow.vault import seal
from tests.contract.provider_cases import CASES, answer
from tests.recorded import body
from tests.security.conftest import links_of, path_of

PERSON, FIRST, LAST = "canary.person@canary-shopper.example", "Canaryfirst", "Canarylast"
SECRET = "canary-s3cret-0123456789"
CANARIES = ("canary.person", "canary-shopper", FIRST, LAST, SECRET)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Iterator[io.StringIO]:
    """Everything that any logger says, at DEBUG, with the tracebacks."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    names = [name for name in logging.root.manager.loggerDict if name.startswith(("saleor_mailflow", "django.request"))]
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    # The statements of the database hold its rows; that log is Django's own, off unless DEBUG is on.
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    for name in names:
        logging.getLogger(name).setLevel(logging.NOTSET)
    silent(stream.getvalue())


def silent(text: str) -> None:
    for canary in CANARIES:
        assert canary not in text, f"{canary} in {text[max(0, text.find(canary) - 200) : text.find(canary) + 50]!r}"


def mail() -> OutgoingMail:
    from uuid import uuid4

    return OutgoingMail(
        uuid=uuid4(), to_email=PERSON, to_name=f"{FIRST} {LAST}", sender_email="hello@shop.example", subject="Hi",
        html="<p>Hi</p>", text="Hi\n",
    )  # fmt: skip


# A whole story.


@pytest.mark.django_db
def test_a_story_leaves_nothing_of_a_person_in_any_log(said: io.StringIO, client: Client) -> None:
    world = World.begin(provider_options={"api_key": SECRET})
    world.people.checkout(world.now, email=PERSON, first_name=FIRST, last_name=LAST)
    world.after(hours=2)
    [first] = world.mails
    assert first.to_email == PERSON
    for link in links_of(first):
        if "mail.northmill" in link:
            silent(link)
            silent(client.get(path_of(link)).content.decode())
            answered = client.post(path_of(link))
            silent(answered.content.decode() + str(dict(answered.items())))
    world.after(days=3)
    assert len(world.mails) == 1


@pytest.mark.django_db
def test_an_event_that_cannot_be_taken_in_is_told_without_its_content(said: io.StringIO) -> None:
    shop = Shop.objects.create(domain="x.example", api_url="https://x.example/graphql/", road=Shop.Road.APP)
    payload = {"issuedAt": "2026-11-20T09:00:00+00:00", "checkout": {"token": "not a token", "email": PERSON}}
    Event.objects.create(
        shop=shop, kind="checkout.updated", dedupe_key="x", subject="x" * 36, source=Event.Source.WEBHOOK,
        occurred_at="2026-11-20T09:00:00+00:00", payload=payload,
    )  # fmt: skip

    class Failing(MemoryShop):
        def checkouts(self, tokens: Any) -> Any:
            raise DatabaseError(f"duplicate key (email)=({PERSON})")

    Event.objects.create(
        shop=shop, kind="checkout.updated", dedupe_key="y", subject="y" * 36, source=Event.Source.HOOK,
        occurred_at="2026-11-20T09:00:00+00:00",
    )  # fmt: skip
    from saleor_mailflow import clock

    process_pending(shop, gateway=Failing(), consent_key="newsletter", now=clock.now())
    assert "failed" in said.getvalue()
    silent(" ".join(Event.objects.values_list("parked", flat=True)))


# The door.


@pytest.mark.django_db
def test_a_refused_webhook_is_answered_without_its_content(said: io.StringIO, client: Client) -> None:
    sender = SigningShop()
    Shop.objects.create(
        domain=sender.domain, api_url=sender.api_url, road=Shop.Road.APP, jwks=sender.key_set(),
        settings={"provider_options": {"api_key": SECRET}},
    )  # fmt: skip
    found = body("CHECKOUT_UPDATED")
    found["checkout"]["email"] = PERSON
    raw = json.dumps(found).encode()
    for cut in (raw[:-1], raw + b" ", b"[" + raw + b"]", raw.replace(b"{", b"{{", 1)):
        for headers in (sender.headers("checkout_updated", cut), sender.headers("checkout_updated", raw), {}):
            answered = client.post("/webhooks/saleor/", cut, content_type="application/json", headers=headers)
            silent(answered.content.decode() + str(dict(answered.items())))


# Providers.


@pytest.mark.parametrize("name", sorted(CASES))
@pytest.mark.parametrize("what", ["400", "401", "500", "nonsense", "timeout", "tls", "broken"])
def test_a_failure_at_a_provider_tells_neither_key_nor_person(
    name: str, what: str, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {key: SECRET if "secret" in value else value for key, value in CASES[name].fields.items()}
    echo = {"message": f"{PERSON} is bad, your key {SECRET} too", "errors": [f"Bearer {SECRET} for {PERSON}"]}
    failures: dict[str, Any] = {
        "400": answer(400, echo), "401": answer(401, echo), "500": answer(500, echo),
        "nonsense": answer(299, f"<p>{PERSON} {SECRET}"),
        "timeout": requests.ReadTimeout(f"https://u:{SECRET}@x.example/?to={PERSON}"),
        "tls": requests.exceptions.SSLError(f"key {SECRET}"), "broken": RuntimeError(f"{SECRET} {PERSON}"),
    }  # fmt: skip

    def request(_: requests.Session, **arguments: Any) -> requests.Response:
        if isinstance(failures[what], Exception):
            raise failures[what]
        return failures[what]

    monkeypatch.setattr(requests.Session, "request", request)
    transport = transport_for(read_settings({"provider": name, "provider_options": fields}))
    with pytest.raises(HandOffFailed) as failed:
        transport.send(mail())
    # As a log shows it: with every cause that is not hidden on purpose.
    silent("".join(traceback.format_exception_only(failed.value)) + failed.value.code + repr(transport))
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__ or failed.value.__context__ is None
    transport.close()


def test_a_trial_tells_no_secret(said: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def request(_: requests.Session, **arguments: Any) -> requests.Response:
        return answer(401, {"message": f"bad key {SECRET}"})

    monkeypatch.setattr(requests.Session, "request", request)
    raw = {"provider": "postmark", "sender_email": "a@shop.example", "provider_options": f"server_token = {SECRET}"}
    settings = read_settings({**raw, "postal_address": "x"})
    silent(str(send_trial(settings, PERSON)))


# What values say of themselves: in a traceback, a debugger, an error tracker.


def test_no_value_shows_its_secrets() -> None:
    raw = {"provider": "smtp", "provider_options": {"host": "mail.example", "username": "u", "password": SECRET}}
    settings = read_settings(raw)
    options = Options(settings.provider_options)
    transport = transport_for(settings)
    for value in (settings, options, read_server(options), transport, mail(), prepare(mail())):
        silent(repr(value))
        silent(str(value))


def test_a_reference_that_leads_nowhere_names_itself_and_nothing_else(tmp_path: Any) -> None:
    for reference in ("env:CANARY_IS_NOT_SET", f"file:{tmp_path}/none"):
        with pytest.raises(ConfigurationError) as refused:
            resolve_secret(reference, key="provider_options.api_key")
        assert reference in str(refused.value)
    # The value itself where a number was asked for: only the reference is repeated.
    (tmp_path / "secret").write_text(SECRET)
    for read in (lambda o: o.seconds("timeout", 1.0), lambda o: o.port(25), lambda o: o.yes("use_tls", True)):
        options = Options(dict.fromkeys(("timeout", "port", "use_tls"), f"file:{tmp_path}/secret"))
        with pytest.raises(ConfigurationError) as refused:
            read(options)
        silent(str(refused.value))


@pytest.mark.parametrize(
    "password",
    [f"{SECRET}/x", f"{SECRET}#x", f"{SECRET}?x", f"a#{SECRET}", f"[{SECRET}", f"{SECRET}\u2100", f"1#{SECRET}"],
)
def test_the_address_of_a_database_that_cannot_be_read_is_not_repeated(password: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        database_from_url(f"postgres://user:{password}@host:5432/name")
    # As a server would write it, with all that it was raised from.
    silent("".join(traceback.format_exception(refused.value)))


# Commands and the broker.


@pytest.mark.parametrize(
    "name", ["[/b]", "[red]Anna[/red]", "[link=https://evil.example]x[/link]", "a\x1b]0;b\x07", "a\x9bm"]
)
def test_a_name_steers_no_terminal_and_breaks_no_table(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(json=False)
    output.table("People", ["name"], [[name]])
    output.say(name)
    output.refuse(name)
    shown = capsys.readouterr()
    assert (shown.out + shown.err).count(name.translate({0x1B: 0xFFFD, 7: 0xFFFD, 0x9B: 0xFFFD})) == 3
    assert not {"\x1b", "\x07", "\x9b"} & set(shown.out + shown.err)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "command", [["status"], ["status", "--json"], ["doctor"], ["doctor", "--json"], ["shops", "list"],
                ["shops", "list", "--json"], ["flows", "list"], ["verify"], ["verify", "--json"]]
)  # fmt: skip
def test_no_command_shows_a_secret_or_a_person(
    command: list[str], said: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World.begin(provider_options={"api_key": SECRET})
    world.people.checkout(world.now, email=PERSON, first_name=FIRST, last_name=LAST)
    world.after(hours=2)
    cli.main(command)
    shown = capsys.readouterr()
    silent(shown.out + shown.err)
    for key in LinkKey.objects.values_list("key", flat=True):
        assert key not in shown.out + shown.err


@pytest.mark.django_db
def test_a_setting_that_is_refused_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    World.begin()
    cli.main(["shops", "set", f"provider_options=api_key {SECRET}"])
    cli.main(["shops", "set", f"api_key={SECRET}"])
    cli.main(["shops", "set", f"provider_options=api_key = {SECRET}|{SECRET}"])
    cli.main(["status"])
    cli.main(["doctor"])
    shown = capsys.readouterr()
    silent(shown.out + shown.err)


@pytest.mark.django_db
def test_secrets_sealed_with_a_key_that_everybody_knows_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = World.begin().shop
    for name in ("MAILFLOW_SECRET_KEY", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert not secret_findings(shop)
    shop.settings["provider_options"] = {"api_key": seal(SECRET)}
    [finding] = secret_findings(shop)
    silent(finding.text)
    monkeypatch.setenv("MAILFLOW_SECRET_KEY", "a-long-random-text")
    assert not secret_findings(shop)


def test_the_broker_is_told_nothing() -> None:
    from saleor_mailflow.tasks import tick

    assert tick.run.__code__.co_argcount == 0
    message = tick.signature().freeze()
    assert (tick.signature().args, tick.signature().kwargs) == ((), {})
    silent(repr(message))
    from saleor_mailflow import tasks

    assert [name for name, value in vars(tasks).items() if hasattr(value, "apply_async")] == ["tick"]


def test_a_database_error_is_told_by_its_place() -> None:
    from saleor_mailflow.exceptions import blame

    try:
        raise DatabaseError(f"Key (email)=({PERSON}) already exists {SECRET}")
    except DatabaseError as error:
        silent(blame(error))
