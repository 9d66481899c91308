"""Offers by command: what is refused first."""

from __future__ import annotations

import json

import pytest

from saleor_mailflow.cli import main
from saleor_mailflow.models import AuditEntry, Offer
from saleor_mailflow.testing.world import World


@pytest.fixture(autouse=True)
def world(db: None) -> World:
    return World.begin(mode="off")


@pytest.mark.parametrize(
    "words",
    [
        ["vouchers"],
        ["save", "cart"],
        ["save", "Cart!", "--code", "SPRING"],
        ["save", "cart", "--voucher", "Vm91Y2hlcjox"],
        ["save", "cart", "--code", "SPRING", "--days", "0"],
        ["off", "cart"],
    ],
)
def test_what_no_step_could_give_is_refused_with_a_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["offers", *words]) == 1
    assert capsys.readouterr().err.strip().endswith((".", ")."))
    assert not Offer.objects.exists()


def test_an_offer_is_saved_listed_and_switched_off(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["offers", "save", "cart", "--name", "Come back", "--code", "SPRING", "--days", "7"]) == 0
    capsys.readouterr()
    assert main(["offers", "list", "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert (shown["name"], shown["shared_code"], shown["days"], shown["active"]) == ("Come back", "SPRING", 7, True)
    assert (shown["out"], shown["used"]) == (0, 0)
    assert main(["offers", "off", "cart"]) == 0
    assert not Offer.objects.get().active
    actions = AuditEntry.objects.filter(subject="offer:cart").values_list("action", flat=True)
    assert list(actions) == ["offer.saved", "offer.saved"]
