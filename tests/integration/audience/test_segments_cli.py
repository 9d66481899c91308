"""Segments by command: what is refused first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saleor_mailflow.cli import main
from saleor_mailflow.models import AuditEntry, Segment
from tests.integration.audience.people import People

pytestmark = pytest.mark.django_db

GERMAN = '{"fact": "contact.country", "op": "is", "value": "DE"}'


@pytest.fixture(autouse=True)
def people() -> People:
    return People()


@pytest.mark.parametrize(
    "words",
    [
        ["save"],
        ["save", "Loyal!", "--when", GERMAN],
        ["save", "loyal"],
        ["save", "loyal", "--when", "[]"],
        ["save", "loyal", "--when", '{"fact": "order.total", "of": "EUR", "op": "at_least", "value": 1}'],
        ["save", "loyal", "--file", "there-is-no-such-file.json"],
        ["count"],
        ["count", "loyal"],
        ["delete", "loyal"],
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["segments", *words]) == 1
    assert len(capsys.readouterr().err.split()) > 4
    assert not Segment.objects.exists()


def test_a_segment_is_saved_counted_listed_and_deleted(
    people: People, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    people.person(country="DE")
    people.person(country="FR")
    (tmp_path / "german.json").write_text(GERMAN, encoding="utf-8")
    assert main(["segments", "save", "german", "--name", "Germans", "--file", str(tmp_path / "german.json")]) == 0
    assert capsys.readouterr().out.strip() == "german is saved: 1 person now."
    people.person(country="DE")
    assert main(["segments", "count", "german", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"people": 2, "exact": True}
    assert main(["segments", "count", "--when", '{"all": []}']) == 0
    assert capsys.readouterr().out.strip() == "3 people now."
    assert main(["segments", "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["key"], row["name"], row["people"], row["when"]) == ("german", "Germans", 2, json.loads(GERMAN))
    assert main(["segments", "delete", "german"]) == 0
    assert not Segment.objects.exists()
    assert [entry.actor for entry in AuditEntry.objects.filter(subject="segment:german")] == ["command line"] * 2
