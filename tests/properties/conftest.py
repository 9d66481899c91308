"""Write what the properties came to where a directory is named for it, and let large ones be alone in their tables."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.properties import proof
from tests.properties.tables import empty_the_tables


@pytest.fixture(autouse=True)
def _own_tables(request: pytest.FixtureRequest) -> None:
    """Empty the tables for a property in full, which gives them new files until its transaction is rolled back.

    Else what a million rows leave behind would slow down whatever comes after them.
    """
    if proof.FULL and request.node.get_closest_marker("django_db") is not None:
        request.getfixturevalue("db")
        empty_the_tables()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    if os.environ.get("MAILFLOW_PROOF") and proof.ROWS:
        proof.write(Path(os.environ["MAILFLOW_PROOF"]))
