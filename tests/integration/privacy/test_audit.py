"""Who changed what, when, from what to what; never a secret, never an address. And the commands, as typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from saleor_mailflow import clock
from saleor_mailflow.audit import difference, record_audit
from saleor_mailflow.cli import main
from saleor_mailflow.models import AuditEntry, Contact, Shop
from saleor_mailflow.testing.world import START, World
from tests.integration.privacy.canary import CANARY, EMAIL, move_in, traces

pytestmark = pytest.mark.django_db

SECRET = "hunter2-and-more"
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


def test_an_address_is_refused_where_an_id_belongs(world: World) -> None:
    with pytest.raises(ValueError, match="by id"):
        record_audit(world.shop, "command line", "contact.erased", "contact:anna@example.com", at=START)
    with pytest.raises(ValueError, match="aware time"):
        record_audit(world.shop, "command line", "contact.erased", at=START.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ({}, {"provider_api_key": SECRET}, {"provider_api_key": "(set)"}),
        ({"provider_api_key": "x"}, {"provider_api_key": SECRET}, {"provider_api_key": "(changed)"}),
        ({}, {"provider_options": f"port = 1\npassword={SECRET}"}, {"provider_options": "port = 1\npassword = (set)"}),
        ({}, {"options": {"password": SECRET, "host": "a"}}, {"options": {"password": "(set)", "host": "a"}}),
        ({}, {"provider_options": SECRET}, {"provider_options": "(set)"}),
        ({}, {"provider_api_key": "env:KEY"}, {"provider_api_key": "env:KEY"}),
    ],
)
def test_secrets_are_left_out(
    world: World, before: dict[str, object], after: dict[str, object], kept: dict[str, object]
) -> None:
    entry = record_audit(world.shop, "settings page", "settings.changed", "settings", before, after, START)
    entry.refresh_from_db()
    assert entry.after == kept
    assert SECRET not in str(list(AuditEntry.objects.values()))


def test_only_what_differs_is_told() -> None:
    before = {"sender_name": "A", "reply_to": "", "brand_name": "X", "active": True}
    after = {"sender_name": "B", "reply_to": None, "active": False}
    was, became = difference(before, after)
    assert was == {"sender_name": "A", "brand_name": "X", "active": True}
    assert became == {"sender_name": "B", "active": False}


def test_what_a_person_does_on_the_command_line_is_written_down(world: World, cli: Run) -> None:
    assert cli("shops", "set", "sender_name=Corner Shop", f"provider_options=host = a|password = {SECRET}")[0] == 0
    for command in (["pause"], ["resume"], ["flows", "disable", "abandoned_checkout"], ["purge"]):
        assert cli(*command)[0] == 0
    kept = Shop.objects.get().settings["provider_options"]
    assert SECRET not in kept
    assert "password = enc:" in kept
    entries = json.loads(cli("audit", "--json")[1])
    assert [(entry["actor"], entry["action"]) for entry in entries] == [
        ("command line", "retention.applied"),
        ("command line", "flow.switched"),
        ("command line", "mail.resumed"),
        ("command line", "mail.paused"),
        ("command line", "settings.changed"),
        ("mailflow", "flow.switched"),
        ("mailflow", "flow.published"),
    ]
    assert entries[1] | {"before": {"mode": "live"}, "after": {"mode": "off"}} == entries[1]
    changed = entries[4]
    assert (changed["before"], changed["after"]) == (
        {"sender_name": "Northmill"},
        {"sender_name": "Corner Shop", "provider_options": "host = a\npassword = (set)"},
    )


def test_the_audit_is_read_by_subject_and_time(world: World, cli: Run) -> None:
    cli("pause")
    clock.install(clock.FrozenClock(START + timedelta(days=1)))
    cli("resume")
    code, out, _ = cli("audit", "--since", "2026-11-21")
    assert (code, "mail.resumed" in out, "mail.paused" in out) == (0, True, False)
    assert "flow.published" in cli("audit", "--subject", "flow:abandoned_checkout")[1]
    code, _, err = cli("audit", "--since", "yesterday")
    assert (code, "write it as 2026-11-20" in err) == (1, True)


def test_secrets_are_resealed_with_the_new_key(world: World, cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_SECRET_KEY", "first")
    cli("shops", "set", f"provider_options=password = {SECRET}")
    before = Shop.objects.get().settings["provider_options"]
    monkeypatch.setenv("MAILFLOW_SECRET_KEY", "second")
    code, _, err = cli("shops", "reseal")
    assert (code, "FALLBACKS" in err, Shop.objects.get().settings["provider_options"]) == (1, True, before)
    monkeypatch.setenv("MAILFLOW_SECRET_KEY_FALLBACKS", "first")
    assert cli("shops", "reseal")[0] == 0
    assert Shop.objects.get().settings["provider_options"] != before
    assert SECRET not in cli("shops", "list", "--json")[1] + cli("audit", "--json")[1]


def test_export_and_erase_as_typed(world: World, cli: Run, tmp_path: Path) -> None:
    move_in(world, START)
    file = tmp_path / "person.json"
    code, out, _ = cli("export", EMAIL, "--out", str(file))
    assert (code, "1 contacts" in out, file.stat().st_mode & 0o777) == (0, True, 0o600)
    assert json.loads(file.read_text(encoding="utf-8"))["email"] == EMAIL
    code, _, err = cli("export", EMAIL, "--out", str(file))
    assert (code, "Name a new file" in err) == (1, True)
    assert json.loads(cli("export", EMAIL)[1])["held"]
    assert cli("export", "stranger@example.com")[0] == 1

    code, out, _ = cli("erase", EMAIL)
    assert (code, "add --yes" in out) == (1, True)
    assert Contact.objects.get().email == EMAIL
    code, out, _ = cli("erase", EMAIL, "--yes")
    assert (code, "1 contacts with 1 baskets, 1 purchases and 1 mails" in out) == (0, True)
    assert traces(CANARY) == []
    assert "Nothing was held" in cli("erase", EMAIL, "--yes")[1]
    assert EMAIL not in cli("audit", "--json")[1]


def test_purge_counts_first(world: World, cli: Run) -> None:
    move_in(world, START)
    clock.install(clock.FrozenClock(START + timedelta(days=91)))
    counts = json.loads(cli("purge", "--dry-run", "--json")[1])["counts"]
    assert counts["mail_bodies"] == 1
    assert not AuditEntry.objects.filter(action="retention.applied").exists()
    assert json.loads(cli("purge", "--json")[1])["counts"]["mail_bodies"] == 1
    assert cli("purge", "--dry-run")[1].count("mail_bodies") == 1
