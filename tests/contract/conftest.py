"""Fixtures for the contract tests: the HTTP seam, and a transport for every provider."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from saleor_mailflow.messages.mail import Transport
from saleor_mailflow.testing.smtp_sink import sink_process
from tests.contract.provider_cases import CASES
from tests.contract.provider_story import Seam, built
from tests.contract.smtp_story import Server


@pytest.fixture
def seam(monkeypatch: pytest.MonkeyPatch) -> Seam:
    """Lets the next requests be answered, or fail, as given."""

    def give(what: Any) -> None:
        def request(_: requests.Session, **arguments: Any) -> requests.Response:
            if isinstance(what, Exception):
                raise what
            return what

        monkeypatch.setattr(requests.Session, "request", request)

    return give


@pytest.fixture(params=sorted(CASES))
def transport(request: pytest.FixtureRequest) -> Iterator[Transport]:
    found = built(request.param)
    yield found
    found.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A healthy server; what it does with a mail stands in the recipient's tag."""
    folder = tmp_path_factory.mktemp("sink")
    (folder / "mails").mkdir()
    with sink_process(log=folder / "log", keep=folder / "mails") as port:
        yield Server(port, folder / "log", folder / "mails")
