"""People taken in by the API: first who stays out and what is not done, then that it may be repeated."""

from __future__ import annotations

from typing import Any

from saleor_mailflow.models import AuditEntry, Consent, Contact, Shop
from saleor_mailflow.testing.world import START
from tests.integration.graphql.conftest import Api

IMPORT = """mutation ($c: String!, $s: String!, $d: Boolean!, $t: String) {
  contactsImport(csv: $c, source: $s, dryRun: $d, topic: $t) {
    read new consents refusals { line because } errors { field message } } }"""
FILE = "Email,First name\nanna@x.example,Anna\nnobody,\nno@x.example,No\n"


def test_who_said_no_stays_out_and_trying_does_nothing(api: Api, shop: Shop) -> None:
    no = Contact.objects.create(shop=shop, email="no@x.example", first_seen_at=START, updated_at=START)
    Consent.objects.create(shop=shop, contact=no, state="withdrawn", source="test", at=START)

    def done(dry: bool, **more: Any) -> dict[str, Any]:
        return dict(api.ask(IMPORT, c=FILE, s="old list", d=dry, **more)["contactsImport"])

    tried = done(True)
    assert (tried["read"], tried["new"], tried["consents"], tried["errors"]) == (3, 1, 1, [])
    assert [one["line"] for one in tried["refusals"]] == [3, 4]
    assert not Contact.objects.filter(email="anna@x.example").exists()
    assert not AuditEntry.objects.exists()
    assert done(False)["new"] == 1
    assert done(False)["new"] == 0
    assert (
        Consent.objects.filter(contact__email="anna@x.example", state="granted", source__contains="old list").count()
        == 1
    )
    assert not Consent.objects.filter(contact=no, state="granted").exists()
    assert AuditEntry.objects.filter(action="contacts.imported").count() == 2


def test_what_cannot_be_taken_in_is_said(api: Api, shop: Shop) -> None:
    for field, said in (
        ("source", {"c": FILE, "s": " "}),
        ("topic", {"c": FILE, "s": "a", "t": "moon"}),
        ("csv", {"c": "name\nAnna\n", "s": "a"}),
        ("csv", {"c": "email\n" + "a@x.example\n" * 5001, "s": "a"}),
    ):
        errors = api.ask(IMPORT, d=False, **said)["contactsImport"]["errors"]
        assert [one["field"] for one in errors] == [field], said["c"][:40]
    assert not Contact.objects.exists()
