"""The schema as a document: everything described, committed as it is, nothing of Saleor's in it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from saleor_mailflow.graphql.limits import COSTS
from saleor_mailflow.graphql.permissions_page import permissions_page
from saleor_mailflow.graphql.printing import printed, undescribed
from saleor_mailflow.graphql.schema import schema


def test_everything_is_described() -> None:
    assert undescribed(schema) == []


def test_descriptions_are_sentences() -> None:
    short = [
        f"{name}.{field}"
        for name, kind in schema.get_type_map().items()
        if not name.startswith("__")
        for field, what in getattr(kind, "fields", {}).items()
        if len(what.description or "") < 5 or not str(what.description).rstrip().endswith((".", "edge", "pagination"))
    ]
    assert [name for name in short if not name.startswith("PageInfo")] == []


def test_the_committed_schema_is_the_schema() -> None:
    committed = files("saleor_mailflow.graphql").joinpath("schema.graphql").read_text(encoding="utf-8")
    assert committed == printed(schema), "Run: mailflow schema --out saleor_mailflow/graphql/schema.graphql"


def test_the_page_of_permissions_is_the_table() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "graphql.md"
    assert page.read_text(encoding="utf-8") == permissions_page(), f"mailflow schema --permissions --out {page.name}"


def test_every_dear_field_is_one() -> None:
    fields = {field for kind in schema.get_type_map().values() for field in getattr(kind, "fields", {})}
    assert set(COSTS) <= fields


def test_every_mutation_answers_with_errors_and_lives_in_a_file_of_its_own() -> None:
    types = schema.get_type_map()
    for name, field in types["Mutation"].fields.items():
        assert str(types[field.type.name].fields["errors"].type) == "[MailflowError!]!", name
        module = field.type.graphene_type.__module__.rpartition(".")[2]
        assert module.replace("_", "") == name.lower()


def test_every_connection_is_counted_only_when_asked_and_paged_both_ways() -> None:
    types = schema.get_type_map()
    for kind in types.values():
        for name, field in getattr(kind, "fields", {}).items():
            if str(field.type).rstrip("!").endswith("CountableConnection"):
                assert {"first", "last", "after", "before"} <= set(field.args), name
