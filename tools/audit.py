"""Ask the advisory databases about everything that is installed; fail for a version with a known hole.

Refuses to call silence good news: every question asks about an old version with a well-known hole as well. Where that
is not answered, nothing was audited, and this is said. An advisory that does not concern us is named, with the reason,
in ``[tool.mailflow.audit]`` of pyproject.toml.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN = "saleor-mailflow"
#: A version with a hole that every advisory database knows (CVE-2020-6802, GHSA-q65m-pv3f-wr5r). Never installed.
CANARY = ("bleach", "3.1.0")
#: pip-audit's names of the databases, and what more it is to be told.
SERVICES = (("pypi", []), ("osv", []))
WAIT_S = 180


def installed() -> dict[str, str]:
    """Return {name: version} of everything in this environment but ourselves."""
    found = {one.metadata["Name"].lower().replace("_", "-"): one.version for one in distributions()}
    found.pop(OWN, None)
    return found


def ask(pins: dict[str, str], service: str, more: list[str]) -> list[dict[str, object]] | None:
    """Return what pip-audit says of each pin, None where it could not ask or the database does not know the canary."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.writelines(f"{name}=={version}\n" for name, version in {**pins, CANARY[0]: CANARY[1]}.items())
        wanted.flush()
        command = [sys.executable, "-m", "pip_audit", "--requirement", wanted.name, "--disable-pip", "--no-deps"]
        command += ["--format", "json", "--progress-spinner", "off", "--vulnerability-service", service, *more]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)
            answers: list[dict[str, object]] = json.loads(done.stdout)["dependencies"]
        except (subprocess.TimeoutExpired, ValueError, KeyError):
            return None
    known = [one for one in answers if one["name"] == CANARY[0] and one.get("vulns")]
    return [one for one in answers if one["name"] != CANARY[0]] if known else None


def accepted() -> dict[str, str]:
    """Return {advisory: why it does not concern us}."""
    with (ROOT / "pyproject.toml").open("rb") as settings:
        found: dict[str, str] = tomllib.load(settings)["tool"].get("mailflow", {}).get("audit", {})
    return found


def holes(answers: list[dict[str, object]], known: dict[str, str]) -> list[str]:
    """Return a line for every advisory that was not accepted."""
    found = []
    for one in answers:
        for hole in one.get("vulns", ()):
            if not {hole["id"], *hole["aliases"]} & set(known):
                mended = ", ".join(hole["fix_versions"]) or "no version yet"
                found.append(f"{one['name']} {one['version']}: {hole['id']}, mended in {mended}")
    return found


def main(pins: dict[str, str], services: tuple[tuple[str, list[str]], ...] = SERVICES) -> int:
    """Say what is known of ``pins``; return 1 for a hole, or if nobody could be asked and MAILFLOW_AUDIT is strict."""
    for service, more in services:
        answers = ask(pins, service, more)
        if answers is None:
            continue
        unknown = [f"{one['name']} ({one['skip_reason']})" for one in answers if "skip_reason" in one]
        found = holes(answers, accepted())
        print(f"Audited {len(answers) - len(unknown)} packages against {service}: {len(found)} known holes.")
        if unknown:
            print(f"Not known there: {', '.join(unknown)}.")
        for line in found:
            print(f"  {line}")
        return 1 if found else 0
    print(
        "NOT AUDITED: no advisory database could be reached (pypi.org, api.osv.dev), or none of them knew a version "
        "with a well-known hole. The installed packages were not checked. Run `make audit` where there is a way out."
    )
    return 1 if os.environ.get("MAILFLOW_AUDIT") == "strict" else 0


if __name__ == "__main__":
    sys.exit(main(installed()))
