"""Create .venv and install a lock file into it, or say at once that nothing has changed.

``python3 tools/setup_env.py demo`` installs what the product needs, ``dev`` also what tests, lint and docs need.
A stamp in .venv holds the digest of what was installed. Standard library and old syntax only, so that a Python that is
too old can say so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
FLOOR = (3, 11)
# A profile is also up to date when a wider one is.
WIDER = {"demo": ("demo", "dev"), "dev": ("dev",)}


def main(profile: str) -> None:
    """Bring .venv to the state that *profile* needs."""
    if sys.version_info < FLOOR:
        run_again_with_newer_python()
    if any(stamp(wider).exists() and stamp(wider).read_text() == state(wider) for wider in WIDER[profile]):
        return
    print(f"Setting up .venv for '{profile}' (once; a few minutes at most).", flush=True)
    create()
    pip("install", "--no-compile", "--require-hashes", "--requirement", str(lock(profile)))
    # The build backend is in the lock, so nothing unpinned is fetched to build the package itself.
    pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    stamp(profile).write_text(state(profile))


def run_again_with_newer_python() -> None:
    """Hand over to a newer Python on the path, or say what is missing."""
    for name in ("python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found:
            os.execv(found, [found, *sys.argv])  # noqa: S606 - a Python from the user's own path
    have = ".".join(map(str, sys.version_info[:3]))
    sys.exit(
        f"secondline needs Python 3.11 or newer; {sys.executable} is {have}.\n"
        "Install one, then name it: make demo PYTHON=/path/to/python3.12"
    )


def create() -> None:
    """Make .venv unless one that runs is there."""
    # The exit status alone says whether it runs.
    code = f"import sys; sys.exit(sys.version_info < {FLOOR})"
    if PYTHON.exists() and subprocess.run([str(PYTHON), "-c", code], check=False).returncode == 0:
        return
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if made.returncode:
        sys.exit("Could not create .venv. On Debian and Ubuntu: apt install python3-venv")


def pip(*arguments: str) -> None:
    """Run pip in .venv; stop with its status when it fails."""
    command = [str(PYTHON), "-m", "pip", "-qq", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, check=False)
    if done.returncode:
        sys.exit(f"Set-up stopped: pip could not finish ({' '.join(arguments[:2])}). Its message is above.")


def lock(profile: str) -> Path:
    """Return the lock file of *profile*."""
    return ROOT / "requirements" / f"{profile}.txt"


def stamp(profile: str) -> Path:
    """Return the file that remembers what was installed for *profile*."""
    return VENV / f".installed-{profile}"


def state(profile: str) -> str:
    """Return the digest of everything that decides what .venv holds."""
    facts = hashlib.sha256()
    for path in (lock(profile), ROOT / "pyproject.toml"):
        facts.update(path.read_bytes())
    facts.update(str(ROOT).encode())
    return facts.hexdigest()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in WIDER:  # noqa: PLR2004 - the program's name and one word
        sys.exit("usage: setup_env.py demo|dev")
    main(sys.argv[1])
