"""The ``mailflow`` command of the standalone service. Refuses to be a second command line: it only sets Django up."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run ``mailflow …`` and return its exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_mailflow.service.settings")
    import django

    django.setup()
    from saleor_mailflow.cli import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
