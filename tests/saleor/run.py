"""Run this suite inside a Saleor, or say plainly that there was none. Standard library only; any Python starts it.

SALEOR_DIR     a checkout of Saleor
SALEOR_PYTHON  the Python with Saleor's dependencies and saleor-mailflow (default: the checkout's .venv, else this one)
DATABASE_URL   a PostgreSQL on which databases may be made and extensions created (default: MAILFLOW_DATABASE_URL)

Further arguments go to pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(arguments: list[str]) -> int:
    """Return pytest's exit code; 0 and a plain sentence where no Saleor was named, 2 where the named one is no use."""
    directory = os.environ.get("SALEOR_DIR", "")
    if not directory:
        print("NOT TESTED inside Saleor: no Saleor was found. Set SALEOR_DIR to a checkout of it (and SALEOR_PYTHON).")
        return 0
    saleor = Path(directory).resolve()
    own = saleor / ".venv" / "bin" / "python"
    python = os.environ.get("SALEOR_PYTHON") or (str(own) if own.exists() else sys.executable)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(saleor), os.environ.get("PYTHONPATH", "")])}
    if "DATABASE_URL" not in environment and "MAILFLOW_DATABASE_URL" in environment:
        environment["DATABASE_URL"] = environment["MAILFLOW_DATABASE_URL"]
    probe = (
        "import importlib.util as u, sys; wanted = ('saleor', 'django', 'pytest_django', 'saleor_mailflow'); "
        "sys.exit(', '.join(name for name in wanted if not u.find_spec(name)) or 0)"
    )
    found = subprocess.run([python, "-c", probe], env=environment, capture_output=True, text=True, check=False)
    if found.returncode:
        print(f"NOT TESTED inside Saleor: {python} cannot import {found.stderr.strip()} with {saleor} on its path.")
        return 2
    command = [python, "-m", "pytest", "-c", str(HERE / "pytest.ini"), *(arguments or [str(HERE)])]
    return subprocess.run(command, env=environment, cwd=HERE, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
