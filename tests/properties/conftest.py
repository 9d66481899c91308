"""Write what the properties came to where a directory is named for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.properties import proof


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    if os.environ.get("MAILFLOW_PROOF") and proof.ROWS:
        proof.write(Path(os.environ["MAILFLOW_PROOF"]))
