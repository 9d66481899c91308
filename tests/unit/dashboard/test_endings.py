"""What may end a flow by the screens is what may end one by the package."""

from __future__ import annotations

import re
from pathlib import Path

import saleor_mailflow.dashboard
from saleor_mailflow.flows.ending import Ending

SOURCE = Path(saleor_mailflow.dashboard.__file__).parent / "ui" / "src" / "flow" / "endings.ts"


def test_the_screens_know_every_ending_and_no_other() -> None:
    """An ending was added: write it into ui/src/flow/endings.ts, then make ui."""
    rows = re.findall(r'^  row\("(\w+)", "([^"]+)", "[^"]*"(?:, (true))?\),$', SOURCE.read_text(), re.MULTILINE)
    assert sorted(key for key, *_ in rows) == sorted(str(one) for one in Ending)
    assert {key for key, _, of_order in rows if of_order} == {Ending.REFUNDED, Ending.CANCELLED, Ending.RETURNED}
