"""People from another system: whom the file may bring, and whom it may not. Refused lines first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from saleor_mailflow.audience import consent
from saleor_mailflow.audience.contact_import import BATCH, import_contacts
from saleor_mailflow.audience.said import Said
from saleor_mailflow.audience.suppression import suppress
from saleor_mailflow.cli import main
from saleor_mailflow.models import AuditEntry, Consent, Contact, ContactTag, Suppression
from saleor_mailflow.testing.world import World

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def shop_id(db: None) -> int:
    return World.begin(mode="off").shop.pk


def contact(shop_id: int, email: str) -> Contact:
    return Contact.objects.create(shop_id=shop_id, email=email, first_seen_at=NOW, updated_at=NOW)


def take(shop_id: int, text: str, **more: object) -> list[tuple[int, str]]:
    done = import_contacts(shop_id, text.splitlines(keepends=True), source="old system", now=NOW, **more)  # type: ignore[arg-type]  # stories name few
    return done.refused


def word(shop_id: int, email: str) -> str:
    person = Contact.objects.get(shop_id=shop_id, email=email)
    found = consent.standing(consent.words([person.pk]).get(person.pk, {}))
    return found.state if found else ""


def test_nobody_who_said_no_is_brought_back_by_an_older_yes(shop_id: int) -> None:
    for email in ("older@example.com", "undated@example.com", "younger@example.com"):
        said = Said(
            contact_id=contact(shop_id, email).pk, state=Consent.State.WITHDRAWN, source="page", proof="", at=NOW - DAY
        )
        consent.append(shop_id, [said])
    refused = take(
        shop_id,
        "email,consent_at\nolder@example.com,2026-11-01\nundated@example.com,\nyounger@example.com,2026-11-19T12:00Z\n",
    )
    assert [line for line, _ in refused] == [2, 3]
    assert "They said no here on 2026-11-19" in refused[0][1]
    assert word(shop_id, "older@example.com") == word(shop_id, "undated@example.com") == "withdrawn"
    assert word(shop_id, "younger@example.com") == "granted"


def test_who_is_suppressed_stays_suppressed(shop_id: int) -> None:
    suppress(shop_id=shop_id, email="gone@example.com", reason=Suppression.Reason.COMPLAINED, at=NOW)
    assert "suppressed" in take(shop_id, "email\ngone@example.com\n")[0][1]
    assert not Contact.objects.exists()


def test_lines_that_cannot_be_used_are_refused_one_by_one(shop_id: int) -> None:
    lines = (
        "E-Mail;x\n".replace(";x", ",Land,consent_at"),
        "anna@example.com,DE,2026-01-02\n",
        "ANNA@example.com,DE,2026-01-02\n",
        "no address,DE,2026-01-02\n",
        "ben@example.com,Germany,2026-01-02\n",
        "carl@example.com,DE,yesterday\n",
        "dora@example.com,DE,2027-01-02\n",
    )
    refused = dict(take(shop_id, "".join(lines)))
    assert list(refused) == [3, 4, 5, 6, 7]
    assert not any("@" in why for why in refused.values())
    assert list(Contact.objects.values_list("email", flat=True)) == ["anna@example.com"]


def test_a_file_without_addresses_is_a_sentence(shop_id: int) -> None:
    with pytest.raises(ValueError, match=r"names no column of addresses such as “email”; it names 'name', 'phone'"):
        take(shop_id, "name,phone\nAnna,1\n")


def test_a_rehearsal_writes_nothing(shop_id: int) -> None:
    assert take(shop_id, "email,tags\nanna@example.com,vip\n", dry_run=True) == []
    assert not Contact.objects.exists()
    assert not Consent.objects.exists()


def test_people_come_with_what_is_known_of_them_and_twice_is_once(shop_id: int) -> None:
    text = (
        "Email Address,First Name,Country,Birthday,Tags,OPTIN_TIME\n"
        'Anna@Example.com,Anna,de,1990-05-17,"vip, prefers:shoes",2025-03-01 10:00:00\n'
    )
    for _ in range(2):
        assert take(shop_id, text) == []
    person = Contact.objects.get()
    assert (person.email, person.first_name, person.country) == ("anna@example.com", "Anna", "DE")
    assert str(person.birthday) == "1990-05-17"
    assert set(ContactTag.objects.values_list("tag", flat=True)) == {"vip", "prefers:shoes"}
    row = Consent.objects.get()
    assert (row.state, row.basis, row.source) == ("granted", "imported", "import old system")
    assert row.at == datetime(2025, 3, 1, 10, tzinfo=UTC)


def test_what_the_shop_said_later_counts_for_more_than_the_file(shop_id: int) -> None:
    person = contact(shop_id, "anna@example.com")
    Contact.objects.filter(pk=person.pk).update(first_name="Anna-Lena", name_at=NOW - DAY)
    take(shop_id, "email,first_name,consent_at\nanna@example.com,Anna,2025-01-01\n")
    assert Contact.objects.get().first_name == "Anna-Lena"


def test_a_large_file_costs_a_fixed_number_of_queries_a_batch(
    shop_id: int, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    text = "email\n" + "".join(f"p{number}@example.com\n" for number in range(2 * BATCH))
    with django_assert_max_num_queries(26):  # type: ignore[operator]  # pytest-django's own fixture
        assert take(shop_id, text) == []
    assert Contact.objects.count() == 2 * BATCH


def test_the_command_writes_down_what_it_refused_and_who_did_it(
    shop_id: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, refused = tmp_path / "people.csv", tmp_path / "refused.csv"
    file.write_text("email\nanna@example.com\nnonsense\n", encoding="utf-8")
    assert main(["contacts", "import", str(file), "--source", "old", "--refused", str(refused)]) == 1
    assert "1 new person and 1 yes came in." in capsys.readouterr().out
    assert refused.read_text(encoding="utf-8").splitlines() == ["line,because", "3,The address is not a valid one."]
    noted = AuditEntry.objects.get(action="contacts.imported").after
    assert noted == {"source": "old", "new": 1, "consents": 1, "refused": 1}
    assert main(["contacts", "import", str(tmp_path / "none.csv"), "--source", "old"]) == 1
