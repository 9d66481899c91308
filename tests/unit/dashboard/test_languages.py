"""The languages that forms and topics are written in are those that mails and pages come in."""

from __future__ import annotations

import re
from pathlib import Path

import saleor_mailflow.dashboard
from saleor_mailflow.messages.words import LANGUAGES

SOURCE = Path(saleor_mailflow.dashboard.__file__).parent / "ui" / "src" / "parts" / "languages.ts"


def test_the_screens_offer_every_language_there_is() -> None:
    """A language was added: write it into ui/src/parts/languages.ts, then make ui."""
    found = re.search(r"export const LANGUAGES = \[(.*)\]", SOURCE.read_text())
    assert found is not None
    assert re.findall(r'"([^"]+)"', found[1]) == list(LANGUAGES)
