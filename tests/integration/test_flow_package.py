"""A package with a flow beside ours: first that a broken one harms nobody, then the example, installed and run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from saleor_mailflow.cli import main, parser
from saleor_mailflow.flows.catalog import ABANDONED_CHECKOUT, added
from saleor_mailflow.flows.catalog.added import GROUP, load_added
from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.messages.registry import REGISTRY, RegisteredTemplate, add_templates
from saleor_mailflow.process.doctor import Grade, added_findings
from saleor_mailflow.testing.world import World

ROOT = Path(__file__).parent.parent.parent
HOWTO = ROOT / "docs/howto"
EXAMPLE = HOWTO / "example_flow"
ADD = (HOWTO / "add-a-flow.md").read_text(encoding="utf-8")
AS_CODE = (HOWTO / "flows-as-code.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _as_before() -> Any:
    yield
    load_added({})


def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> EntryPoint:
    name = f"brought_{abs(hash(code))}"
    (tmp_path / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    return EntryPoint(name="theirs", value=f"{name}:FLOW", group=GROUP)


IMPORTS = (
    "from dataclasses import replace\nfrom saleor_mailflow.flows.catalog.abandoned_checkout import ABANDONED_CHECKOUT\n"
)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("FLOW = 1 / 0", "ZeroDivisionError"),
        ("raise SystemExit('gone')", "SystemExit: gone"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("OTHER = 1", "AttributeError"),
        ("FLOW = 'a flow'", "it names str where a Flow belongs"),
        (f"{IMPORTS}FLOW = ABANDONED_CHECKOUT", "there is a flow 'abandoned_checkout' already"),
        (f"{IMPORTS}FLOW = replace(ABANDONED_CHECKOUT, key='x', name=7)", "'name' is not a text"),
        (f"{IMPORTS}FLOW = replace(ABANDONED_CHECKOUT, key='x', steps=(object(),))", "has no attribute"),
        (
            f"{IMPORTS}FLOW = replace(ABANDONED_CHECKOUT, key='x', once_per=ABANDONED_CHECKOUT.once_per / 7e9)",
            "not the",
        ),
    ],
)
def test_a_package_that_is_broken_is_left_out_and_told_and_everything_else_goes_on(
    code: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog: dict[str, Flow] = {ABANDONED_CHECKOUT.key: ABANDONED_CHECKOUT}
    good = entry(tmp_path, monkeypatch, f"{IMPORTS}FLOW = (replace(ABANDONED_CHECKOUT, key='good'),)")
    load_added(catalog, [entry(tmp_path, monkeypatch, code), EntryPoint(name="zz", value=good.value, group=GROUP)])
    assert catalog.keys() == {"abandoned_checkout", "good"}
    assert catalog["abandoned_checkout"] is ABANDONED_CHECKOUT
    assert [re.search(said, problem) is not None for problem in added.problems()] == [True]
    assert [(one.grade, "theirs" in one.text) for one in added_findings()] == [
        (Grade.BROKEN, True),
        (Grade.FINE, False),
    ]


def test_templates_that_are_not_there_or_are_ours_are_refused() -> None:
    ours = next(iter(REGISTRY.values()))
    before = dict(REGISTRY)
    with pytest.raises(ValueError, match="is no package"):
        add_templates("nothing_of_that_name", [])
    mine = RegisteredTemplate(key="mine/hello", purpose="marketing", known=ours.known)
    with pytest.raises(ValueError, match=r"has no templates/mine/hello\.html"):
        add_templates("saleor_mailflow", [mine])
    with pytest.raises(ValueError, match="already; begin its key with your flow's"):
        add_templates(
            "saleor_mailflow", [RegisteredTemplate(key=ours.key, purpose="marketing", known=mine.known, facts=dict)]
        )
    assert before == REGISTRY


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as an installer lays it out: its package, and what it says of itself."""
    site = tmp_path_factory.mktemp("site")
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    shutil.copytree(EXAMPLE / "name_day", site / "name_day")
    about = site / f"name_day_flow-{project['version']}.dist-info"
    about.mkdir()
    about.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: name-day-flow\nVersion: {project['version']}\n"
    )
    points = project["entry-points"]
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in those.items()) for group, those in points.items()]
    about.joinpath("entry_points.txt").write_text("\n".join(lines))
    return site


def run(site: Path, *command: str) -> str:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}
    done = subprocess.run([sys.executable, *command], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_is_thirty_lines_and_the_page_shows_them() -> None:
    code = (EXAMPLE / "name_day/__init__.py").read_text()
    assert len(code.splitlines()) <= 30
    shown = re.findall(r"```(?:python|html|toml|)\n(.*?)```", ADD, re.DOTALL)
    for file in ("name_day/__init__.py", "pyproject.toml", "name_day/templates/name_day/wishes.html"):
        assert (EXAMPLE / file).read_text() in shown, f"add-a-flow.md shows another {file}"
    assert (EXAMPLE / "name_day/templates/name_day/wishes.txt").read_text() in shown


def test_the_example_is_found_linted_rendered_and_its_stories_hold(installed: Path) -> None:
    said = run(
        installed,
        "-c",
        "import django; django.setup()\n"
        "from saleor_mailflow.flows.catalog import CATALOG\n"
        "from saleor_mailflow.flows.catalog.added import problems\n"
        "from saleor_mailflow.flows.lint import Known, lint\n"
        "from saleor_mailflow.messages.registry import REGISTRY, registered\n"
        "from saleor_mailflow.messages.render import render\n"
        "known = Known(templates={key: one.languages for key, one in REGISTRY.items()})\n"
        "print(problems(), lint(CATALOG['name_day'], known))\n"
        "for key in CATALOG['name_day'].templates:\n"
        "    for language in registered(key).languages:\n"
        "        print(render(key, language, registered(key).example(language)).subject)\n",
    )
    assert said.splitlines()[0] == "() ()"
    assert "All the best for your name day" in said
    told = run(installed, "-m", "saleor_mailflow.service.cli", "flows", "test", "docs/howto/example_flow")
    assert "3 of 3 stories hold." in told


def test_the_stories_on_the_page_hold(installed: Path, tmp_path: Path) -> None:
    code = next(one for one in re.findall(r"```python\n(.*?)```", ADD, re.DOTALL) if "def test_" in one)
    calls = "".join(f"\n{name}()" for name in re.findall(r"def (test_\w+)", code))
    (tmp_path / "told.py").write_text(f"import django; django.setup()\n{code}{calls}\nprint('told')")
    assert "told" in run(installed, str(tmp_path / "told.py"))


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^mailflow .*$", ADD + AS_CODE, re.MULTILINE))))
def test_every_command_on_the_pages_takes_these_arguments(command: str) -> None:
    assert parser().parse_args(shlex.split(command)[1:]).action


@pytest.mark.django_db
def test_what_the_page_does_works_as_it_stands(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    World.begin()
    monkeypatch.chdir(tmp_path)
    flow, stories = re.findall(r"```yaml\n(.*?)```", AS_CODE, re.DOTALL)
    for command in re.findall(r"^mailflow .*$", AS_CODE, re.MULTILINE):
        words = shlex.split(command)[1:]
        if words[1] == "diff":
            Path("flows/come_back.yaml").write_text(flow)
            Path("flows/come_back.stories.yaml").write_text(stories)
            assert main(words) == 1
            continue
        # Nobody is there to say yes; the next command of the page says it.
        asks = words[1] == "apply" and "--yes" not in words
        assert main(words) == int(asks), capsys.readouterr()
    main(["flows", "export", "come_back"])
    exported = capsys.readouterr().out
    assert exported.endswith(flow), "the page shows another order or form than export writes"


def test_the_mistake_on_the_page_is_told_so(tmp_path: Path) -> None:
    from saleor_mailflow.flows.as_code import flow_from_yaml
    from saleor_mailflow.strict_yaml import read_yaml

    flow = re.findall(r"```yaml\n(.*?)```", AS_CODE, re.DOTALL)[0]
    blocks = re.findall(r"^```\w*\n(.*?)^```$", AS_CODE, re.DOTALL | re.MULTILINE)
    shown = next(block for block in blocks if block.startswith("flows/come_back.yaml:"))
    broken = flow_from_yaml(read_yaml(flow.replace("    lateness: 3d\n", "", 1), "flows/come_back.yaml"))
    assert list(broken.said) == shown.splitlines()
