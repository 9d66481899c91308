"""What the screens ask is in the API: every query against its schema, and nothing asked past the files.

Another test keeps the committed schema.graphql the same as what is served.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from graphql import parse, validate
from graphql.language import ast

import saleor_mailflow.dashboard
from saleor_mailflow.graphql.schema import schema as SCHEMA

UI = Path(saleor_mailflow.dashboard.__file__).parent / "ui"
FILES = sorted((UI / "queries").glob("*.graphql"))
TEXT = "\n".join(path.read_text() for path in FILES)


def _built() -> dict[str, str]:
    """Return {name: text} of what the screens send, from the file that the build wrote."""
    written = (UI / "src" / "api" / "queries.ts").read_text()
    found = re.findall(r'= \{ name: "(\w+)", text: ("(?:[^"\\]|\\.)*") \};', written)
    return {name: json.loads(text) for name, text in found}


def test_every_query_of_the_screens_is_in_the_api() -> None:
    """A field that was renamed in the API breaks here, not in front of a merchant."""
    assert FILES
    assert [str(error) for error in validate(SCHEMA, parse(TEXT))] == []


@pytest.mark.parametrize("name", sorted(_built()))
def test_what_is_sent_is_what_is_written(name: str) -> None:
    """The screens send the built text: it must be valid too, and of the same operation."""
    document = parse(_built()[name])
    assert [str(error) for error in validate(SCHEMA, document)] == []


def test_no_operation_is_left_out_of_the_build_or_made_up() -> None:
    """The build's list is the files' list."""
    written = {one.name.value for one in parse(TEXT).definitions if isinstance(one, ast.OperationDefinition)}
    assert set(_built()) == written


def test_every_list_of_errors_is_asked_for() -> None:
    """A change that the API refuses must be able to say why."""
    for one in parse(TEXT).definitions:
        if isinstance(one, ast.OperationDefinition) and one.operation == "mutation":
            for change in one.selection_set.selections:
                asked = {field.name.value for field in change.selection_set.selections}
                assert "errors" in asked, change.name.value
