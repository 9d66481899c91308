"""Try a text before it is saved, in a process of its own whose memory and time are limited.

Refuses to trust the rules of the sandbox alone: what they let through by mistake kills the trial and nobody's worker.
The trial sees no environment variables, so no secrets, and no database.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Mapping

from saleor_mailflow.exceptions import TemplateFailed

#: What the process may take: bytes of address space, seconds of processor time, and seconds by the clock on the wall
#: (starting Python takes a quarter of one; a busy machine takes longer).
MOST_MEMORY = 512_000_000
MOST_SECONDS = 2
LONGEST_WAIT = 10.0


def prove(source: str, facts: Mapping[str, object], *, blocks: Collection[str] = ()) -> str:
    """Return what a text says with example ``facts`` (plain JSON values), or raise TemplateFailed with a sentence.

    ``blocks`` are the package's macros that it may call. Takes about a third of a second, so call it when a text is
    saved and never when a mail is sent.
    """
    command = [sys.executable, "-c", "from saleor_mailflow.messages.proof import main; main()"]
    try:
        trial = subprocess.run(  # noqa: S603 - our own code; the text goes to its standard input
            command,
            input=json.dumps({"source": source, "facts": facts, "blocks": list(blocks)}, default=str).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST_WAIT,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"},
            check=False,
        )
        answer = json.loads(trial.stdout)
    except subprocess.TimeoutExpired as error:
        raise TemplateFailed("The text cannot be used: trying it takes too long. Make it simpler.") from error
    except ValueError as error:
        raise TemplateFailed("The text cannot be used: it takes too much memory or time. Make it simpler.") from error
    except OSError as error:
        raise TemplateFailed(
            f"The text could not be tried ({error.strerror}). Nothing was saved; try again."
        ) from error
    if "refused" in answer:
        raise TemplateFailed(answer["refused"])
    return str(answer["says"])


def limit() -> None:
    """Limit this process to MOST_MEMORY and MOST_SECONDS, for good. Does nothing where there are no such limits."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Be the trial: read a text and facts as JSON, write what it says or why it is refused."""
    from saleor_mailflow.messages.render import try_wording

    asked = json.load(sys.stdin)
    limit()
    try:
        answer = {"says": try_wording(asked["source"], asked["facts"], asked["blocks"])}
    except TemplateFailed as error:
        answer = {"refused": str(error)}
    json.dump(answer, sys.stdout)
