"""Make the virtual environment that a make target runs in, once; later runs are instant and need no network.

Standard library only, any Python 3 starts it. Refuses to touch anything outside ``.venv``. What was installed is kept
in ``.venv/ready-<purpose>``: a hash of everything the installation depends on.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)

#: Purpose → the extras it needs.
PURPOSES = {"run": [], "test": ["test"], "check": ["test", "check"], "browser": ["test", "browser"]}


def main(purpose):
    """Return 0 once the environment fits ``purpose``, 1 after saying what is missing."""
    if sys.version_info < OLDEST:
        return start_newer_python(purpose)
    os.chdir(str(ROOT))
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV"):
        os.environ.pop(name, None)
    with open(__file__) as lock:
        # Two targets may start at once: this very file is what they wait for each other at.
        fcntl.flock(lock, fcntl.LOCK_EX)
        extras = PURPOSES[purpose] + ([] if has_postgresql() else ["postgres"])
        marker, wanted = VENV / ("ready-" + purpose), fingerprint(extras)
        if works(PYTHON) and marker.exists() and marker.read_text() == wanted:
            return 0
        say("Setting up .venv for '%s' (once; a minute or two) ..." % purpose)
        if not works(PYTHON) and not make_environment():
            return 1
        target = ".[%s]" % ",".join(extras) if extras else "."
        # Errors only, and no version check: it asks the network a question nobody needs answered.
        command = [*pip(), "install", "-qq", "--disable-pip-version-check", "--editable", target]
        if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
            say(
                "pip could not install what %s needs; its own words are above. If this machine has no direct network, "
                "tell pip where packages are (PIP_INDEX_URL, PIP_FIND_LINKS) and run make again." % target
            )
            return 1
        marker.write_text(wanted)
    return 0


def start_newer_python(purpose):
    """Run again with a newer Python of this machine, or say that there is none."""
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        found = shutil.which(name)
        code = "import sys; sys.exit(sys.version_info < (%d, %d))" % OLDEST
        if found and succeeds([found, "-c", code]):
            return subprocess.run([found, __file__, purpose], check=False).returncode
    say("Python %d.%d or newer is needed; this is %d.%d." % (OLDEST + sys.version_info[:2]))
    return 1


def fingerprint(extras):
    """Return a hash of what the installation depends on."""
    found = hashlib.sha256(repr((sys.version, str(ROOT), extras)).encode())
    for name in ("pyproject.toml", "setup.cfg"):
        found.update((ROOT / name).read_bytes())
    return found.hexdigest()


def works(python):
    """Tell whether a Python starts; one whose installation was moved or removed does not."""
    try:
        return succeeds([str(python), "-c", ""])
    except OSError:
        return False


def succeeds(command):
    """Tell whether a command ends well; what it says does not matter."""
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.run(command, check=False, **quiet).returncode == 0


def make_environment():
    """Make .venv, with pip in it where Python brings one along. Returns False after saying what is missing."""
    bundled = works_with("ensurepip")
    if not bundled and not works_with("pip"):
        say(
            "This Python (%s) can make no virtual environment: it lacks ensurepip, and there is no pip. "
            "Install it (Debian and Ubuntu: apt-get install python3-venv) and run make again." % sys.executable
        )
        return False
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)] + ([] if bundled else ["--without-pip"])
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        say("The virtual environment could not be made; the reason is above.")
        return False
    return True


def works_with(module):
    """Tell whether this Python has a module, such as ensurepip, which Debian packs apart."""
    return succeeds([sys.executable, "-c", "import " + module])


def pip():
    """Return the command that is pip for .venv: its own, else this Python's, which can work on another's behalf."""
    own = [str(PYTHON), "-m", "pip"]
    if succeeds([*own, "--version"]):
        return own
    return [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def has_postgresql():
    """Tell whether a database is named, or a server's programs are on this machine, so that no wheel is needed."""
    if os.environ.get("MAILFLOW_DATABASE_URL"):
        return True
    sys.path.insert(0, str(ROOT))
    from saleor_mailflow.service.binaries import installed_server

    return installed_server() is not None


def say(sentence):
    """Tell the person at the terminal; standard output belongs to what was asked for."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
