"""The outbox when things go wrong: nothing lost, nothing twice, nobody else held up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from saleor_mailflow.audience.suppression import suppress, suppressed
from saleor_mailflow.exceptions import ConfigurationError, OutcomeUnknown, Refused, TryLater
from saleor_mailflow.flows.tick import shop_facts
from saleor_mailflow.messages.claim import ask_again, claim
from saleor_mailflow.messages.gate_facts import GateRoom
from saleor_mailflow.messages.ledger import Ledger
from saleor_mailflow.messages.mail import Accepted, OutgoingMail
from saleor_mailflow.messages.outbox import send_due
from saleor_mailflow.messages.smtp import SmtpTransport
from saleor_mailflow.models import Message, Refusal, Suppression
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.testing.memory_transport import MemoryTransport
from saleor_mailflow.testing.smtp_sink import SmtpSink
from saleor_mailflow.testing.world import START, World

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return World.begin()


def room(world: World) -> GateRoom:
    settings = settings_of(world.shop)
    return GateRoom(
        shop_id=world.shop.pk,
        now=world.now,
        gateway=world.people,
        settings=settings,
        shop=shop_facts(world.shop, settings, world.people),
    )


def five_carts(world: World) -> list[str]:
    emails = [f"person{number}@example.com" for number in range(5)]
    for email in emails:
        world.people.checkout(START, email=email)
    return emails


def test_what_may_have_been_sent_is_never_sent_again(world: World) -> None:
    world.people.checkout(START)
    world.out.fail(OutcomeUnknown("The line broke after the last byte."), taken=True)
    world.after(hours=20)
    assert len(world.out.tries) == 1
    assert world.blocked() == [("reminder", "unknown")]


def test_a_worker_that_dies_in_the_hand_off_leaves_an_unknown_and_no_second_mail(world: World) -> None:
    world.people.checkout(START)
    world.after(minutes=59)
    world.now = START + HOUR
    world.out.fail(KeyboardInterrupt())  # type: ignore[arg-type]  # the worker dies while the provider has the mail
    with pytest.raises(KeyboardInterrupt):
        world.tick()
    assert Message.objects.get().state == "sending"
    Message.objects.update(lease_until="2020-01-01T00:00:00Z")
    world.after(hours=20)
    assert len(world.out.tries) == 1
    assert world.blocked() == [("reminder", "unknown")]


def test_a_worker_that_wakes_up_after_its_lease_sends_nothing(world: World) -> None:
    world.people.checkout(START)
    world.out.fail(TryLater("Not now.", code="451"))
    world.after(hours=1)
    Message.objects.update(due_at=world.now)
    sleeping, _ = claim(room(world))
    assert len(sleeping) == 1
    Message.objects.update(lease_until="2020-01-01T00:00:00Z")
    world.tick()
    assert len(world.mails) == 1
    ledger = Ledger(world.shop.pk, world.now)
    assert ledger.intend([(sleeping[0], next(iter(world.mails)))]) == []


def test_a_deferred_mail_is_tried_again_later_and_leaves_once(world: World) -> None:
    world.people.checkout(START)
    world.out.fail(TryLater("Greylisted.", code="451"), times=3)
    world.after(hours=20)
    assert len(world.out.tries) == 4
    assert [at for _, _, at in world.sent()] == [HOUR + timedelta(minutes=36)]


def test_a_mail_that_left_late_counts_from_when_it_left(world: World) -> None:
    """The second cart rests a week after the first mail was planned, and less than a week after it left."""
    cart = world.people.checkout(START)
    world.out.fail(TryLater("Greylisted.", code="451"), times=3)
    world.after(hours=5)
    world.people.change(cart, world.now, lines=())
    left = [(step, at) for _, step, at in world.sent()]
    assert left == [("reminder", HOUR + timedelta(minutes=36))]
    world.to(START + timedelta(days=7, minutes=10))
    world.people.checkout(world.now)
    world.after(days=3)
    assert [(step, at) for _, step, at in world.sent()] == left
    assert Refusal.objects.get().reason == "recent"


def test_a_provider_that_never_takes_it_is_given_up_on_before_the_mail_is_stale(world: World) -> None:
    world.people.checkout(START)
    world.out.fail(TryLater("Greylisted.", code="451"), times=50)
    world.after(hours=20)
    assert world.blocked() == [("reminder", "late")]
    assert len(world.out.tries) <= 7


def test_a_refused_mailbox_is_suppressed_and_the_others_get_their_mail(world: World) -> None:
    emails = five_carts(world)
    world.out.fail(Refused("No such user.", code="550 5.1.1", bad_address=True), to=emails[2])
    world.after(days=3)
    assert world.blocked() == [("reminder", "refused")]
    assert sorted({email for email, _, _ in world.sent()}) == sorted(set(emails) - {emails[2]})
    assert suppressed(world.shop.pk, [emails[2]])[emails[2]][0] == "bounced"
    assert "bounced" in world.exits()


def test_a_broken_line_lets_the_rest_wait_a_minute_and_counts_no_try(world: World) -> None:
    five_carts(world)
    world.out.fail(TryLater("Connection refused.", connection_lost=True))
    world.after(minutes=59)
    world.now = START + HOUR
    world.tick()
    assert len(world.out.tries) == 1
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]
    world.after(minutes=2)
    assert len(world.sent()) == 5


def test_a_provider_that_is_not_set_up_right_holds_the_mail(world: World) -> None:
    world.people.checkout(START)
    world.after(minutes=59)
    world.now = START + HOUR
    world.tick()

    def refuse(_: object) -> None:
        raise ConfigurationError("provider_options has no host.", key="provider_options")

    Message.objects.update(state="planned", due_at=world.now, intent_at=None, ended_at=None)
    send_due(room(world), transport_factory=refuse)  # type: ignore[arg-type]  # it never returns one
    message = Message.objects.get()
    assert (message.state, message.reason) == ("planned", "no_provider")


def test_an_unsubscribe_between_claim_and_hand_off_is_heard(world: World) -> None:
    """Ask again, right before the intent: what was true in the claim may not be true any more."""
    emails = five_carts(world)
    world.out.fail(TryLater("Connection refused.", connection_lost=True))
    world.after(hours=1)
    Message.objects.update(due_at=world.now)
    ready, _ = claim(room(world))
    assert len(ready) == 5
    suppress(shop_id=world.shop.pk, email=emails[3], reason=Suppression.Reason.UNSUBSCRIBED, at=world.now)
    still = ask_again(room(world), ready)
    assert {one.asked.email for one in still} == set(emails) - {emails[3]}
    # Suppressing took it out of this worker's hands; whoever claims it next writes down why.
    world.tick()
    assert world.blocked() == [("reminder", "unsubscribed")]


def test_a_template_that_raises_ends_its_own_mail_only(world: World) -> None:
    emails = five_carts(world)
    world.after(minutes=59)
    from saleor_mailflow.models import Basket

    broken = Basket.objects.get(email=emails[0])
    token = broken.token
    snapshot = world.people._checkouts[token]
    from dataclasses import replace
    from decimal import Decimal

    nonsense = replace(snapshot.lines[0], total_price=Decimal("NaN"))
    world.people._checkouts[token] = replace(snapshot, lines=(nonsense,))
    world.after(minutes=2)
    assert len(world.sent()) == 4
    assert world.blocked() == [("reminder", "template")]


def test_the_queries_of_a_batch_do_not_grow_with_it(world: World) -> None:
    counts = []
    for number in (1, 15):
        for person in range(number):
            world.people.checkout(world.now, email=f"p{number}x{person}@example.com")
        world.to(world.now + timedelta(minutes=59))
        world.now += timedelta(minutes=1)
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as captured:
            world.tick()
        per_mail = [q for q in captured.captured_queries if _about_one_message(q["sql"])]
        counts.append(len(captured) - len(per_mail))
        world.after(days=2)
    assert counts[1] <= counts[0] + 2


def _about_one_message(sql: str) -> bool:
    """The tight mode commits one intent and one outcome a mail, on purpose."""
    return sql.startswith(('UPDATE "mailflow_message"', "\nUPDATE mailflow_message", "WITH taken", "WITH quick"))


def test_a_pause_is_heard_within_a_tick_though_there_is_much_to_send(world: World) -> None:
    """What the gate knows of the shop is as old as the tick, so a tick ends before that grows old."""
    five_carts(world)
    world.after(minutes=59)
    world.now = START + HOUR
    world.out.fail(TryLater("Connection refused.", connection_lost=True))
    world.tick()
    Message.objects.update(due_at=world.now)
    assert send_due(room(world), transport_factory=lambda _: world.out, until=0.0).looked_at == 0
    assert send_due(room(world), transport_factory=lambda _: world.out).accepted == 5


class Waits(MemoryTransport):
    """A provider that takes its time, and writes down how many mails were composed meanwhile, by mail."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[int] = []
        self.asked_to_wait = False

    def send(
        self,
        mail: OutgoingMail,
        *,
        following: OutgoingMail | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> Accepted:
        self.meanwhile.append(0)
        self.asked_to_wait = self.asked_to_wait or meanwhile is not None
        while meanwhile is not None and meanwhile():
            self.meanwhile[-1] += 1
        return super().send(mail, following=following)


def test_the_next_mails_are_composed_while_the_first_is_on_its_way(world: World) -> None:
    emails = five_carts(world)
    world.after(minutes=59)
    world.now, world.out = START + HOUR, (out := Waits())
    world.tick()
    assert len(out.sent) == len(emails)
    # Some perhaps while the database was waited for, on a busy machine all; never more than two ahead of their turn.
    assert out.asked_to_wait
    assert max(out.meanwhile) <= 2
    assert sum(out.meanwhile) < len(emails)


@pytest.mark.parametrize("mode", ["careful", "fast"])
def test_the_provider_hears_who_is_next(mode: str) -> None:
    world = World.begin(sending_mode=mode)
    five_carts(world)
    world.after(hours=1)
    nobody_after_the_last = [*world.out.sent[1:], None]
    if mode == "careful":
        # The second one may not be composed yet when the first one leaves.
        assert world.out.following[1:] == nobody_after_the_last[1:]
    else:
        assert world.out.following == nobody_after_the_last


class SaysNoMeanwhile(SmtpTransport):
    """A real mail server's; while it takes the first mail, ``then`` happens."""

    def __init__(self, port: int, then: Callable[[OutgoingMail], object]) -> None:
        super().__init__({"host": "127.0.0.1", "port": str(port), "sink": "yes"})
        self._then = then

    def send(
        self,
        mail: OutgoingMail,
        *,
        following: OutgoingMail | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> Accepted:
        taken = super().send(mail, following=following, meanwhile=meanwhile)
        if following is not None and self._line is not None and self._line.announced is not None:
            self._then(following)
        return taken


def test_who_says_no_when_the_server_knows_already_that_they_are_next_gets_nothing(world: World) -> None:
    emails = five_carts(world)
    world.after(minutes=59)
    world.now = START + HOUR
    refused: list[str] = []

    def say_no(mail: OutgoingMail) -> None:
        if not refused:
            refused.append(mail.to_email)
            reason = Suppression.Reason.UNSUBSCRIBED
            suppress(shop_id=world.shop.pk, email=mail.to_email, reason=reason, at=world.now)

    with SmtpSink() as sink:
        world.out = SaysNoMeanwhile(sink.port, say_no)  # type: ignore[assignment]  # a real one, for once
        world.tick()
        taken = sorted(one.recipient for one in sink.taken)
    assert len(refused) == 1
    assert taken == sorted(set(emails) - set(refused))
    not_sent = Message.objects.get(contact__email=refused[0])
    assert (not_sent.state, not_sent.reason) == ("blocked", "unsubscribed")
