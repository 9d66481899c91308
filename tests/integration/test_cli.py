"""The command line as an operator types it: tables for people, JSON for machines, a sentence for every refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from saleor_mailflow import clock
from saleor_mailflow.cli import COMMANDS, main
from saleor_mailflow.models import Flow, Message, Shop
from saleor_mailflow.testing.world import SETTINGS, START, World

pytestmark = pytest.mark.django_db

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world() -> World:
    return World.begin()


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "200")

    def run(*argv: str) -> tuple[int, str, str]:
        code = main(argv)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture(autouse=True)
def _the_clock_of_the_story() -> object:
    clock.install(clock.FrozenClock(START))
    yield
    clock.install(clock.SystemClock())


def test_without_a_shop_every_command_says_so(cli: Run) -> None:
    for command in ("status", "doctor", "why anna@example.com", "flows list", "testsend a@example.com", "pause"):
        code, _, err = cli(*command.split())
        assert code == 1
        assert "none is installed" in err


def test_two_shops_must_be_told_apart(world: World, cli: Run) -> None:
    Shop.objects.create(domain="other.example", api_url="https://other.example/graphql/", road="app")
    code, _, err = cli("status")
    assert (code, "northmill.example, other.example" in err) == (1, True)
    assert cli("status", "--shop", "other.example")[0] == 1


def test_status_says_why_nothing_has_been_sent_and_what_to_do_next(cli: Run) -> None:
    world = World.begin(mode="off", postal_address="")
    code, out, _ = cli("status")
    assert code == 1
    assert "Why nothing has been sent yet: No postal address is set" in out
    assert "mailflow flows enable abandoned_checkout" in out
    health = json.loads(cli("status", "--json")[1])["health"]
    assert [problem["key"] for problem in health["problems"]] == ["postal_address", "flows", "tick"]
    assert world.shop.domain == json.loads(cli("status", "--json")[1])["shop"]


def test_status_is_well_when_nothing_is_left_to_do(world: World, cli: Run) -> None:
    world.people.checkout(START)
    world.after(hours=2)
    clock.install(clock.FrozenClock(world.now))
    code, out, _ = cli("status")
    assert (code, "1 accepted" in out, "To do" in out) == (0, True, False)


def test_a_silent_worker_and_a_paid_cart_are_problems(world: World, cli: Run) -> None:
    from saleor_mailflow.shop.snapshots import PaymentState

    world.people.checkout(START, payment=PaymentState.PAID)
    world.after(hours=2)
    clock.install(clock.FrozenClock(world.now + timedelta(hours=1)))
    code, out, _ = cli("status")
    assert code == 1
    assert "No tick has run for 60 minutes" in out
    assert "1 × The cart is paid but has not become an order" in out


def test_why_tells_what_she_got_and_what_she_did_not(world: World, cli: Run) -> None:
    cart = world.people.checkout(START)
    world.after(hours=5)
    world.people.order(world.now, token=cart)
    world.after(days=2)
    clock.install(clock.FrozenClock(world.now))
    code, out, _ = cli("why", "ANNA@example.com")
    assert code == 0
    assert "reminder: sent" in out
    assert "They bought: order 1." in out
    told = json.loads(cli("why", "anna@example.com", "--json")[1])
    assert [entry["what"] for entry in told["timeline"]] == ["entered", "reminder: sent", "left"]


def test_why_tells_of_a_mail_that_waits_rule_by_rule(cli: Run) -> None:
    world = World.begin(provider="")
    world.people.checkout(START)
    world.after(hours=2)
    clock.install(clock.FrozenClock(world.now))
    told = json.loads(cli("why", "anna@example.com", "--json")[1])
    answers = {rule["rule"]: rule["sentence"] for rule in told["rules"]}
    assert answers["lawful basis"] == ""
    assert answers["set-up complete"].startswith("The mail provider is not set up")


def test_why_tells_of_those_who_never_entered(world: World, cli: Run) -> None:
    world.people.checkout(START, user_ref="VXNlcjox", user_is_staff=True)
    world.people.customer(START, email="anna@example.com", ref="VXNlcjox", is_staff=True)
    world.after(hours=2)
    assert "This is a member of the shop's staff." in cli("why", "anna@example.com")[1]
    code, out, _ = cli("why", "stranger@example.com")
    assert code == 1
    assert "has never told us of this address" in out
    assert "This is not an email address." in cli("why", "nonsense")[1]


def test_flows_are_listed_and_switched(world: World, cli: Run) -> None:
    assert cli("flows", "disable", "abandoned_checkout")[0] == 0
    assert Flow.objects.get().mode == "off"
    assert "now shadow" in cli("flows", "enable", "abandoned_checkout", "--shadow")[1]
    rows = json.loads(cli("flows", "list", "--json")[1])
    on = [(row["key"], row["mode"], row["version"]) for row in rows if row["mode"] != "off"]
    assert on == [("abandoned_checkout", "shadow", 1)]
    code, _, err = cli("flows", "enable", "abandoned_cart")
    assert (code, "known are abandoned_checkout" in err) == (1, True)


def test_run_once_at_a_made_up_time_prints_to_the_console(world: World, cli: Run) -> None:
    """The console reaches nobody, so time may be set by hand."""
    code, _, err = cli("run", "--once", "--now", "not a time")
    assert (code, "write it as" in err) == (1, True)
    code, out, _ = cli("run", "--once", "--now", "2026-11-20T10:00:00+00:00")
    assert (code, out.strip()) == (0, "0 events, 0 entered, 0 advanced, 0 sent")


def test_a_made_up_time_is_refused_where_mail_could_reach_a_stranger(world: World, cli: Run) -> None:
    real = {**SETTINGS, "provider": "smtp", "provider_options": {"host": "mail.example.com", "port": "587"}}
    Shop.objects.update(settings=real)
    code, _, err = cli("run", "--once", "--now", "2026-11-20T10:00:00+00:00")
    assert code == 1
    assert "no mail can reach a stranger" in err


def test_pause_holds_everything_and_resume_lets_it_go(world: World, cli: Run) -> None:
    world.people.checkout(START)
    assert cli("pause")[0] == 0
    world.after(hours=2)
    assert world.sent() == []
    assert Message.objects.get().reason == "paused"
    assert cli("resume")[0] == 0
    world.after(minutes=6)
    assert len(world.sent()) == 1


def test_everything_off_by_environment(world: World, cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_DISABLED", "1")
    world.people.checkout(START)
    world.after(days=2)
    assert not Message.objects.exists()
    assert "MAILFLOW_DISABLED is set" in cli("status")[1]


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit) as stopped:
            main([command, "--help"])
        assert stopped.value.code == 0
    assert "usage: mailflow" in capsys.readouterr().out


def test_a_standalone_service_learns_of_a_shop_and_its_settings(cli: Run) -> None:
    assert cli("shops", "add", "shop.example")[0] == 1
    code, out, _ = cli("shops", "add", "https://Shop.example:8000/graphql/")
    assert (code, "shop.example:8000 may send webhooks" in out) == (0, True)
    code, _, err = cli("shops", "set", "colour=red")
    assert (code, "keys are sender_name" in err) == (1, True)
    code, out, _ = cli("shops", "set", "sender_email=hello@shop.example", "storefront_links=* = nowhere")
    assert (code, "must begin with https://" in out) == (1, True)
    assert cli("shops", "set", "storefront_links=a = https://a.example/{token}|b = https://b.example/{token}")[0] == 0
    assert Shop.objects.get().settings["sender_email"] == "hello@shop.example"
    assert json.loads(cli("shops", "list", "--json")[1])[0]["domain"] == "shop.example:8000"
