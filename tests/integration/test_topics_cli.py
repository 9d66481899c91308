"""Topics by command: what is refused first."""

from __future__ import annotations

import json

import pytest

from saleor_mailflow.cli import main
from saleor_mailflow.models import AuditEntry, Topic
from saleor_mailflow.testing.world import World


@pytest.fixture(autouse=True)
def world(db: None) -> World:
    return World.begin(mode="off")


@pytest.mark.parametrize(
    "words",
    [
        ["add", "offers"],
        ["add", "Offers!", "--name", "en=Offers"],
        ["add", "marketing", "--name", "en=All"],
        ["add", "offers", "--name", "Offers"],
        ["close", "offers"],
    ],
)
def test_what_cannot_be_a_topic_is_refused_with_a_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["topics", *words]) == 1
    assert capsys.readouterr().err.strip().endswith((".", "en=Offers"))
    assert not Topic.objects.exists()


def test_a_topic_is_added_changed_listed_and_closed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["topics", "add", "offers", "--name", "en=Offers", "--name", "de=Angebote"]) == 0
    assert main(["topics", "add", "offers", "--name", "en=Good offers"]) == 0
    capsys.readouterr()
    assert main(["topics", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["names"] == {"en": "Good offers"}
    assert main(["topics", "close", "offers"]) == 0
    assert not Topic.objects.get().active
    actions = list(AuditEntry.objects.filter(subject="topic:offers").order_by("id").values_list("action", flat=True))
    assert actions == ["topic.saved", "topic.saved", "topic.closed"]
