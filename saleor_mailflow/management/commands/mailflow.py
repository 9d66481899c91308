"""``python manage.py mailflow …``: the same command line as ``mailflow …``, in Saleor's own process. Nothing else."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Hand every argument after ``mailflow`` to our own command line."""

    help = "Mailflow: status, doctor, run, backfill, flows, why, testsend, uninstall. See `mailflow --help`."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Run with the arguments as they are, so that its options and its --help are ours; exit with its code."""
        from saleor_mailflow.cli import main

        sys.exit(main(argv[2:]))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run for ``call_command("mailflow", …)``."""
        from saleor_mailflow.cli import main

        main([str(argument) for argument in args])
