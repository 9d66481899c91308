"""A time limit of the host's task queue strikes in the middle of things: it ends the tick and costs nobody a mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from billiard.exceptions import SoftTimeLimitExceeded

from saleor_mailflow.exceptions import TemplateFailed, TryLater
from saleor_mailflow.flows import deciding
from saleor_mailflow.flows.tick import shop_facts
from saleor_mailflow.messages import smtp
from saleor_mailflow.messages.ahead import Ahead
from saleor_mailflow.messages.claim import Ready, claim
from saleor_mailflow.messages.gate_facts import GateRoom
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.models import Enrollment, Message
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.statements import AskedMeanwhile
from saleor_mailflow.testing.smtp_sink import SmtpSink
from saleor_mailflow.testing.world import START, World

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
PEOPLE = 4


class Strikes(str):
    """A product's name; whoever reads it, is out of time."""

    __slots__ = ()

    def __str__(self) -> str:
        raise SoftTimeLimitExceeded


def carts(number_struck: int) -> World:
    """Return a world just before the mails of four carts are due, of which one cannot be composed in time."""
    world = World.begin()
    for number in range(PEOPLE):
        world.people.checkout(START, email=f"person{number}@example.com")
    world.after(minutes=59)
    token = list(world.people._checkouts)[number_struck]
    cart = world.people._checkouts[token]
    world.people._checkouts[token] = replace(
        cart, lines=(replace(cart.lines[0], product_name=Strikes(cart.lines[0].product_name)), *cart.lines[1:])
    )
    world.now = START + HOUR
    return world


def heal(world: World) -> None:
    for token, cart in world.people._checkouts.items():
        lines = tuple(replace(line, product_name=str.__str__(line.product_name)) for line in cart.lines)
        world.people._checkouts[token] = replace(cart, lines=lines)


@pytest.mark.parametrize("struck", range(PEOPLE))
def test_it_is_heard_and_whoever_it_struck_gets_the_mail_from_the_next_worker(struck: int) -> None:
    world = carts(struck)
    with pytest.raises(SoftTimeLimitExceeded):
        world.tick()
    # What strikes ahead, while another one leaves, is said at the next one's turn.
    assert len(world.out.sent) < PEOPLE
    assert f"person{struck}@example.com" not in {mail.to_email for mail in world.out.sent}
    assert not Message.objects.filter(state__in=["failed", "unknown"]).exists()
    heal(world)
    Message.objects.filter(state="claimed").update(lease_until="2020-01-01T00:00:00Z")
    world.after(minutes=5)
    assert sorted(mail.to_email for mail in world.out.sent) == [f"person{n}@example.com" for n in range(PEOPLE)]


@pytest.mark.parametrize("mode", ["careful", "fast"])
def test_it_strikes_while_the_next_mail_is_packed_and_costs_nobody_a_mail(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.begin(sending_mode=mode)
    emails = [f"person{number}@example.com" for number in range(8)]
    for email in emails:
        world.people.checkout(START, email=email)
    world.after(minutes=59)
    world.now = START + HOUR
    ready = smtp._pack
    packed: list[OutgoingMail] = []

    def pack(mail: OutgoingMail) -> object:
        packed.append(mail)
        if len(packed) == 4:
            raise SoftTimeLimitExceeded
        return ready(mail)

    monkeypatch.setattr(smtp, "_pack", pack)
    with SmtpSink() as sink:
        world.out = smtp.SmtpTransport(  # type: ignore[assignment]  # a real one, for once
            {"host": "127.0.0.1", "port": str(sink.port), "sink": "yes"}
        )
        with pytest.raises(SoftTimeLimitExceeded):
            world.tick()
        left = {taken.recipient for taken in sink.taken}
        assert left == set(Message.objects.filter(state="accepted").values_list("contact__email", flat=True))
        assert 0 < len(left) < len(emails)
        assert not Message.objects.filter(state="sending").exists()
        Message.objects.filter(state="claimed").update(lease_until="2020-01-01T00:00:00Z")
        world.after(minutes=5)
        assert sorted(taken.recipient for taken in sink.taken) == emails


class Struck:
    """A composer that fails as rendering does: whatever happens in a template, it says that the template failed."""

    def __init__(self, cause: Exception) -> None:
        self.cause, self.asked = cause, 0

    def compose(self, one: Ready) -> OutgoingMail:
        self.asked += 1
        raise TemplateFailed("Template reminder.html failed: Nothing was sent; mend it.") from self.cause


def claimed() -> list[Ready]:
    """Return the mails of four carts, claimed."""
    world = carts(0)
    heal(world)
    world.out.fail(TryLater("Connection refused.", connection_lost=True))
    world.tick()
    Message.objects.update(due_at=world.now)
    settings = settings_of(world.shop)
    facts = shop_facts(world.shop, settings, world.people)
    room = GateRoom(shop_id=world.shop.pk, now=world.now, gateway=world.people, settings=settings, shop=facts)
    return claim(room)[0]


def test_a_template_it_strikes_in_has_not_failed() -> None:
    waiting = claimed()
    mails = Ahead(Struck(SoftTimeLimitExceeded()), waiting)  # type: ignore[arg-type]  # it composes, and that is all
    assert not mails.compose_next()
    with pytest.raises(SoftTimeLimitExceeded):
        mails.mail(waiting[0])


def test_a_template_that_asked_the_database_ahead_is_rendered_again_at_its_turn() -> None:
    waiting = claimed()
    composer = Struck(AskedMeanwhile("The database was asked while it was answering."))
    mails = Ahead(composer, waiting)  # type: ignore[arg-type]  # it composes, and that is all
    assert not mails.compose_next()
    composer.cause = ValueError("really broken")
    with pytest.raises(TemplateFailed):
        mails.mail(waiting[0])
    assert composer.asked == 2


class Composes:
    """A composer that writes down whom it composed for."""

    def __init__(self) -> None:
        self.mails: list[OutgoingMail] = []

    def compose(self, one: Ready) -> OutgoingMail:
        email = one.message.contact.email
        mail = OutgoingMail(
            uuid=one.message.uuid, to_email=email, sender_email="hello@shop.example", subject="", html="", text=""
        )
        self.mails.append(mail)
        return mail


def test_as_many_are_composed_ahead_as_was_said_and_the_next_one_when_a_turn_has_come() -> None:
    waiting, composer = claimed(), Composes()
    mails = Ahead(composer, waiting, at_most=2)  # type: ignore[arg-type]  # it composes, and that is all
    assert mails.first_of(waiting) is None
    assert [mails.compose_next() for _ in range(4)] == [True, True, False, False]
    assert mails.first_of(waiting[1:]) is composer.mails[1]
    assert mails.mail(waiting[0]) is composer.mails[0]
    assert mails.first_of(waiting) is None, "its turn was"
    assert mails.first_of([]) is None
    assert [mails.compose_next() for _ in range(2)] == [True, False]
    # The gate thinks better of those two; they take up no place.
    mails.keep(waiting[3:])
    assert mails.compose_next()
    assert mails.mail(waiting[3]) is composer.mails[3]
    assert len(composer.mails) == PEOPLE
    assert not mails.compose_next()


def test_nobody_is_set_aside_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.begin()
    world.people.checkout(START)
    world.after(minutes=59)
    world.now = START + HOUR

    def strike(*_: object) -> None:
        raise SoftTimeLimitExceeded

    # There is no seam in a pure function; the limit strikes between two of its lines.
    with monkeypatch.context() as patched:
        patched.setattr(deciding, "run", strike)
        with pytest.raises(SoftTimeLimitExceeded):
            world.tick()
    assert Enrollment.objects.get().state == "active"
    Enrollment.objects.update(lease_until="2020-01-01T00:00:00Z")
    world.after(minutes=5)
    assert len(world.out.sent) == 1
