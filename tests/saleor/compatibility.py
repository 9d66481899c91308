"""Write docs/compatibility.md at the end of a whole run, from what was run. Refuses to write of half a run."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "compatibility.md"
HEAD = """# Compatibility

Written by the suite in `tests/saleor` at the end of each whole run inside a Saleor (`make test-saleor`), one section
for each Saleor version and way of making its tables. Do not edit: run it.
"""
PACKAGES = ("Django", "celery", "django-celery-beat", "psycopg", "graphene", "graphql-core", "django-anymail", "PyJWT")
# What makes a run only part of the suite.
PARTIAL = ("keyword", "markexpr", "lf", "ff", "deselect", "ignore", "ignore_glob", "maxfail", "collectonly")
SERVER = pytest.StashKey[str]()


@pytest.fixture(scope="session", autouse=True)
def _ask_the_server(request, django_db_setup, django_db_blocker) -> None:
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        request.config.stash[SERVER] = cursor.fetchone()[0].split(" ")[0]


def pytest_terminal_summary(terminalreporter, exitstatus, config) -> None:
    """Write or replace this Saleor's section."""
    whole = not any(config.getoption(name, None) for name in PARTIAL) and set(config.args) <= {
        str(Path(__file__).parent),
        str(Path(__file__).parent) + "/",
        ".",
        "tests/saleor",
        "tests/saleor/",
    }
    if not whole or exitstatus not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        terminalreporter.write_line("docs/compatibility.md is left as it was: this was not a whole run.")
        return
    counts = {what: len(terminalreporter.stats.get(what, [])) for what in ("passed", "failed", "error", "skipped")}
    skipped = sorted(
        {report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.stats.get("skipped", [])}
    )
    write_section(counts, skipped, config.stash.get(SERVER, "(not asked)"))
    terminalreporter.write_line(f"{PAGE.relative_to(ROOT)} says so.")


def write_section(counts: dict[str, int], skipped: list[str], postgres: str) -> None:
    """Put the section of the Saleor that was run into the page, others as they were."""
    title, text = _section(counts, skipped, postgres)
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    sections = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", page, flags=re.MULTILINE | re.DOTALL))
    sections[title] = text
    body = "".join(f"\n## {name}\n\n{text.strip()}\n" for name, text in sorted(sections.items()))
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(HEAD + body, encoding="utf-8")


def _section(counts: dict[str, int], skipped: list[str], postgres: str) -> tuple[str, str]:
    import saleor
    from django.conf import settings

    version = saleor.__version__
    tables = "tables from the models" if settings.FAST_DATABASE else "tables from Saleor's migrations"
    title = f"Saleor {'.'.join(version.split('.')[:2])}, {tables}"
    saleor_commit = _git(Path(saleor.__file__).parents[1], "log", "-1", "--format=%H (%cs)")
    own_commit = _git(ROOT, "rev-parse", "--short", "HEAD")
    changed = " with uncommitted changes" if _git(ROOT, "status", "--porcelain", "--", "saleor_mailflow") else ""
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    result = ", ".join(f"{number} {what}" for what, number in counts.items() if number) or "nothing ran"
    lines = [
        f"* Result: **{result}**, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"* Saleor {version}, commit {saleor_commit}",
        f"* saleor-mailflow {_version('saleor-mailflow')}, commit {own_commit}{changed}",
        f"* Python {platform.python_version()}, PostgreSQL {postgres}, {versions}",
    ]
    lines += [f"* Skipped: {reason}" for reason in skipped]
    return title, "\n".join(lines)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "(none)"


def _git(directory: Path, *command: str) -> str:
    found = subprocess.run(
        ["git", "-C", str(directory), *command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
    )
    return found.stdout.strip() if found.returncode == 0 else "unknown (no git there)"
