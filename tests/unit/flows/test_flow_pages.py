"""The pages about flows say what the flows are. First what must not stand there."""

from __future__ import annotations

import re

import pytest

from saleor_mailflow.flows.catalog import CATALOG, OURS
from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.flows.steps import walk
from saleor_mailflow.flows.triggers import Manual
from tools.flow_pages import FOLDER, KEYS, begins, pages

PAGES = pages()
each_page = pytest.mark.parametrize("name", sorted(PAGES))


def ours() -> list[Flow]:
    """Return the flows of this package: those of installed packages are described elsewhere."""
    return [CATALOG[key] for key in KEYS]


@each_page
def test_no_page_is_older_than_its_flow(name: str) -> None:
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert written == PAGES[name], "run: python tools/flow_pages.py"


def test_no_page_is_left_of_a_flow_that_is_gone_and_none_is_missing() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == set(PAGES)
    modules = {path.stem for path in (FOLDER.parents[1] / "saleor_mailflow/flows/catalog").glob("*.py")}
    assert modules - {"__init__", "added", *OURS} == set(KEYS)


@each_page
def test_no_link_and_no_picture_leads_nowhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"|href=\"([^\"]+)\"", PAGES[name])
    found = [next(filter(None, link)) for link in links]
    assert found
    assert [link for link in found if not (FOLDER / link).is_file()] == []


@each_page
def test_nobody_reads_python(name: str) -> None:
    assert not re.search(r"timedelta|None|True|False|<\w+\.|\{\w*\}", PAGES[name])


def test_what_has_no_words_is_refused_and_not_left_out() -> None:
    with pytest.raises(ValueError, match="manual"):
        begins(Manual())


def test_every_step_is_on_its_page_with_the_picture_of_its_mail() -> None:
    for flow in ours():
        page = PAGES[f"{flow.key}.md"]
        assert [step.id for step in walk(flow.steps) if f"`{step.id}`" not in page] == []
        assert f"../pictures/flows/{flow.key}.png" in page
        assert flow.description in page
