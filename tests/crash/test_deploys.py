"""Old and new code side by side, as while a deploy rolls: nobody is mailed twice, everybody keeps their version."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.crash.conftest import Setting
from tests.crash.figures import ROOT, hold_to_account

pytestmark = [pytest.mark.slow, pytest.mark.long]

#: So many commits back in what the package consists of: code that really was another.
BACK = 12
PEOPLE = 600
KILLS = 6


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The package as an older commit had it, in a directory of its own: the first that starts, BACK commits back."""
    git = ["git", "rev-list", f"--skip={BACK}", "--max-count=40", "HEAD", "--", "saleor_mailflow"]
    commits = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    for commit in commits:
        archive = ["git", "archive", "--format=zip", commit, "saleor_mailflow", "migrations"]
        package = tmp_path / commit[:12]
        with ZipFile(io.BytesIO(subprocess.check_output(archive, cwd=ROOT))) as found:
            found.extractall(package)
        # What does not start was never deployed.
        start = [sys.executable, "-c", "import django; django.setup(); import saleor_mailflow.cli"]
        env = {**os.environ, "PYTHONPATH": str(package), "DJANGO_SETTINGS_MODULE": "saleor_mailflow.service.settings"}
        if subprocess.run(start, cwd=package, env=env, capture_output=True, check=False).returncode == 0:
            print(f"beside {commit[:12]}")
            return package
    pytest.skip("this checkout has no history to take an older version from")


def test_an_older_version_works_beside_this_one_through_kills_and_a_publication(
    stage: Setting, older: Path, chance: random.Random
) -> None:
    """The database is this version's: migrate first, then roll, as a deploy does."""
    publish = """
from dataclasses import replace
from datetime import timedelta
from django.utils.timezone import now
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.publish import publish
from saleor_mailflow.models import Shop
publish(Shop.objects.get(), replace(CATALOG["abandoned_checkout"], once_per=timedelta(days=30)), at=now())
"""
    where = [sys.executable, "-c", "import saleor_mailflow; print(saleor_mailflow.__file__)"]
    with stage(PEOPLE) as one:
        env = {**one.env(), "PYTHONPATH": str(older)}
        seen = subprocess.run(where, cwd=older, env=env, capture_output=True, text=True, check=True).stdout
        assert Path(seen.strip()).is_relative_to(older), "the old worker would run the new code"
        one.await_death(one.worker("runner.claimed:1:kill", package=older), "runner.claimed")
        ((entered,),) = one.ask("SELECT count(*)::int FROM mailflow_enrollment")
        done = one.run(publish)
        assert done.returncode == 0, done.stderr
        for _ in range(2):
            one.worker(package=older)
            one.worker()
        for number in range(KILLS):
            goal, end = len(one.delivered()) + chance.randrange(10, 40), time.monotonic() + 20
            while len(one.delivered()) < goal and time.monotonic() < end:
                time.sleep(0.01)
            one.kill(one.workers[number % 2])
            one.worker(package=older if number % 2 else None)
        one.wait_until(0, seconds=90)
        ((kept,),) = one.ask(
            "SELECT count(*)::int FROM mailflow_enrollment e JOIN mailflow_flowversion v ON v.id = e.version_id "
            "WHERE v.number = 1"
        )
        assert entered > 0
        assert kept == entered, "who was inside keeps the version they entered with"
        hold_to_account(one, "an older version beside this one, killed in turn", PEOPLE, unknown_at_most=one.kills)
