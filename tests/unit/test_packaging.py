"""What the wheel holds: every package, and what packages carry along besides code."""

from __future__ import annotations

import configparser
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_no_package_is_left_out_of_the_wheel() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    listed = set(setup["options"]["packages"].split())
    found = {
        ".".join(place.parent.relative_to(ROOT).parts) for place in (ROOT / "saleor_mailflow").rglob("__init__.py")
    }
    assert listed == found | {"saleor_mailflow.migrations"}


def test_no_template_or_picture_is_left_out_of_the_wheel() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = settings["tool"]["setuptools"]["package-data"]
    carried = {
        path
        for package, globs in patterns.items()
        for glob in globs
        for path in ROOT.joinpath(*package.split(".")).glob(glob)
    }
    code = {".py", ".pyc"}
    # What the Dashboard's screens are built from stays at home; static/ is what is built.
    source = ROOT / "saleor_mailflow" / "dashboard" / "ui"
    others = {
        path
        for path in (ROOT / "saleor_mailflow").rglob("*")
        if path.is_file() and path.suffix not in code and source not in path.parents
    }
    assert others <= carried
