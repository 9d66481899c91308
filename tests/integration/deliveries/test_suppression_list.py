"""The list of those who get no mail: taken in with every bad line reported, written out as far as it can be."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from saleor_mailflow.audience.addresses import normal_hash
from saleor_mailflow.audience.suppression import suppressed, suppression_key
from saleor_mailflow.audience.suppression_list import STRENGTH, Entry, import_list, suppress_all
from saleor_mailflow.cli import main
from saleor_mailflow.models import AuditEntry, Contact, Suppression
from tests.integration.deliveries.conftest import NOW, Make, Told

pytestmark = pytest.mark.django_db

LINES = """address,reason,date
Anna@Shopper.example,complained,2026-03-03
ben@else.example
not an address,bounced,
cem@else.example,because,
dora@else.example,bounced,3 March
eve@else.example,bounced,2036-01-01

fay@else.example,unsubscribed,2026-11-01T09:30:00+02:00
"""


@pytest.fixture
def shop(told: Make) -> Told:
    return told("postmark")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "list.csv"
    found.write_text(LINES, encoding="utf-8-sig")
    return found


def rows(shop: Told) -> set[tuple[str, str]]:
    return set(Suppression.objects.filter(shop=shop.shop).values_list("reason", "entity"))


# What must not happen.


def test_a_dry_run_writes_nothing_and_says_what_would_be(shop: Told, file: Path, capsys: Any) -> None:
    assert main(["suppression", "import", str(file), "--dry-run", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["read"], said["new"]) == (7, 3)
    assert not Suppression.objects.exists()
    assert not AuditEntry.objects.filter(subject="suppression").exists()


def test_refused_lines_are_named_by_number_and_not_by_address(shop: Told, file: Path, capsys: Any) -> None:
    main(["suppression", "import", str(file)])
    said = capsys.readouterr()
    for part in ("4", "5", "6", "7", "not an email address", "'because'", "'3 March'", "future"):
        assert part in said.out
    assert "@" not in said.out + said.err


@pytest.mark.parametrize("bad", ["nowhere.csv", ""])
def test_a_missing_file_is_said(shop: Told, bad: str, capsys: Any) -> None:
    assert main(["suppression", "import", bad]) == 1
    assert "There is no file" in capsys.readouterr().err


def test_a_file_in_another_encoding_is_refused(shop: Told, tmp_path: Path, capsys: Any) -> None:
    found = tmp_path / "latin.csv"
    found.write_bytes("jörg@else.example".encode("latin-1"))
    assert main(["suppression", "import", str(found)]) == 1
    assert "UTF-8" in capsys.readouterr().err
    assert not Suppression.objects.exists()


def test_a_lesser_reason_never_takes_a_stronger_one_s_place(shop: Told) -> None:
    for number, order in enumerate(permutations(STRENGTH)):
        digest = f"{number:064d}"
        for reason in order:
            suppress_all(shop.shop.pk, [Entry(digest=digest, reason=reason, at=NOW)])
        row = Suppression.objects.get(email_hash=digest)
        assert row.reason == STRENGTH[-1]


def test_one_shop_s_list_is_not_another_s(shop: Told, told: Make) -> None:
    other = told("brevo", domain="other.example")
    import_list(shop.shop.pk, ["anna@shopper.example"], now=NOW)
    assert suppressed(other.shop.pk, ["anna@shopper.example"]) == {}


# What must.


def test_a_list_is_taken_in_once_with_its_reasons_and_dates(shop: Told, file: Path, capsys: Any) -> None:
    for _ in range(2):
        main(["suppression", "import", str(file)])
    found = suppressed(shop.shop.pk, ["anna@shopper.example", "ben@else.example", "fay@else.example"])
    assert found == {
        "anna@shopper.example": ("complained", datetime(2026, 3, 3, tzinfo=UTC)),
        "ben@else.example": ("manual", NOW),
        "fay@else.example": ("unsubscribed", datetime(2026, 11, 1, 7, 30, tzinfo=UTC)),
    }
    assert Suppression.objects.count() == 3
    assert "0 suppressed now that were not" in capsys.readouterr().out
    assert AuditEntry.objects.filter(action="suppression.imported").count() == 2


def test_a_long_list_is_written_in_few_statements(shop: Told, django_assert_num_queries: Any) -> None:
    seen: list[int] = []
    lines = [f"p{number}@else.example" for number in range(2500)]
    # The key, and a statement for each thousand.
    with django_assert_num_queries(4):
        done = import_list(shop.shop.pk, lines, now=NOW, entity="outlet", progress=seen.append)
    assert (done.read, done.new, done.refused, seen) == (2500, 2500, [], [1000, 2000, 2500])
    assert rows(shop) == {("manual", "outlet")}


def test_what_is_written_out_names_contacts_and_hashes_the_rest(shop: Told, tmp_path: Path) -> None:
    shop.contact("anna@shopper.example")
    import_list(shop.shop.pk, ["anna@shopper.example,bounced,2026-03-03", "gone@else.example"], now=NOW)
    found = tmp_path / "out.csv"
    assert main(["suppression", "export", str(found)]) == 0
    table = list(csv.DictReader(io.StringIO(found.read_text())))
    assert [(row["address"], row["reason"], row["date"][:10]) for row in table] == [
        ("anna@shopper.example", "bounced", "2026-03-03"),
        ("", "manual", f"{NOW:%Y-%m-%d}"),
    ]
    assert table[1]["hash"] == normal_hash(suppression_key(shop.shop.pk), "gone@else.example")


def test_what_was_written_out_can_be_taken_in_again_elsewhere(shop: Told, told: Make, tmp_path: Path) -> None:
    shop.contact("anna@shopper.example")
    import_list(shop.shop.pk, ["anna@shopper.example,complained,2026-03-03"], now=NOW)
    found = tmp_path / "out.csv"
    main(["suppression", "export", str(found)])
    other = told("brevo", domain="other.example")
    with found.open() as lines:
        done = import_list(other.shop.pk, lines, now=NOW)
    assert (done.new, done.refused) == (1, [])
    assert suppressed(other.shop.pk, ["anna@shopper.example"])["anna@shopper.example"][0] == "complained"


@pytest.mark.parametrize("address", ["=cmd|'/c_calc'!a0@x.example", "+1-1@x.example", "-2@x.example", "'=1@x.example"])
def test_no_spreadsheet_takes_an_address_for_a_formula(shop: Told, tmp_path: Path, address: str) -> None:
    Contact.objects.create(shop=shop.shop, email=address, first_seen_at=NOW, updated_at=NOW)
    assert main(["suppression", "add", "--", address]) == 0
    found = tmp_path / "out.csv"
    assert main(["suppression", "export", str(found)]) == 0
    [cell] = [row[0] for row in csv.reader(io.StringIO(found.read_text())) if address in row[0]]
    assert cell == f"'{address}"
    Suppression.objects.all().delete()
    assert main(["suppression", "import", str(found)]) == 0
    assert address in suppressed(shop.shop.pk, [address])


def test_one_address_is_added_and_removed(shop: Told, capsys: Any) -> None:
    assert main(["suppression", "add", "Anna@shopper.example", "--reason", "complained"]) == 0
    assert suppressed(shop.shop.pk, ["anna@shopper.example"])["anna@shopper.example"] == ("complained", NOW)
    assert main(["suppression", "remove", "anna@shopper.example"]) == 0
    assert main(["suppression", "remove", "anna@shopper.example"]) == 1
    assert main(["suppression", "add", "nobody"]) == 1
    assert not Suppression.objects.exists()
    assert list(AuditEntry.objects.filter(subject="suppression").order_by("id").values_list("action", flat=True)) == [
        "suppression.added",
        "suppression.removed",
    ]
    said = capsys.readouterr()
    assert "shopper" not in said.out + said.err


def test_a_flow_is_resumed_by_command(shop: Told, capsys: Any) -> None:
    assert main(["flows", "resume", "abandoned_checkout"]) == 1
    shop.flow.stopped_at = NOW - timedelta(days=1)
    shop.flow.stopped_detail = {"rate": "0.400", "complaints": 4, "delivered": 1000, "at": NOW.isoformat()}
    shop.flow.save()
    assert main(["status"]) == 1
    assert "abandoned_checkout is stopped: 4 of 1000 mails" in capsys.readouterr().out.replace("\n", " ")
    assert main(["flows", "resume", "abandoned_checkout"]) == 0
    shop.flow.refresh_from_db()
    assert shop.flow.stopped_at is None
