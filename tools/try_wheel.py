"""Build the wheel and use it as a stranger would: in a clean environment with nothing but its own closure.

Fails when the wheel lacks a file, when a plain install brings more packages than promised, or when the commands do
not work without the extras.
"""

from __future__ import annotations

import csv
import json
import random
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_PACKAGES = 40
NOT_OURS = {"pip", "setuptools", "wheel", "secondline"}
MODEL = """
model: tiny
version: 1
populations:
  development: {data: dev.csv}
  current: {data: now.csv}
columns: {score: pd, label: default, segments: [region]}
"""


def main() -> None:
    """Build, install, count, try."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build(folder)
        python = install(folder, wheel)
        count(python)
        try_commands(folder, python)


def made_here(folder: str, names: list[str]) -> set[str]:
    """Return what is no source: caches anywhere, and what was made at the root."""
    caches = shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis")(folder, names)
    at_root = {".git", ".venv", "runs", "demo", "site", "dist"} if Path(folder) == ROOT else set[str]()
    return caches | (at_root & set(names))


def build(folder: Path) -> Path:
    """Build the wheel and look into it."""
    copy = folder / "source"
    shutil.copytree(ROOT, copy, ignore=made_here)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, copy)
    (wheel,) = folder.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    files = (path for path in (ROOT / "src" / "secondline").rglob("*") if path.is_file() and path.suffix != ".pyc")
    sources = {path.relative_to(ROOT / "src").as_posix() for path in files}
    if missing := sources - names:
        sys.exit(f"The wheel lacks {sorted(missing)[:5]}.")
    print(f"wheel      {wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB, {len(names)} files")
    return wheel


def install(folder: Path, wheel: Path) -> Path:
    """Install the wheel and its locked closure into a new environment and return its Python."""
    home = folder / "clean"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    pip = (python, "-m", "pip", "install", "-qq", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "core.txt")
    run(*pip, "--no-deps", wheel)
    run(python, "-m", "pip", "check")
    return python


def count(python: Path) -> None:
    """Count what a plain install brings, everything included."""
    listed = json.loads(run(python, "-m", "pip", "list", "--disable-pip-version-check", "--format=json"))
    names = {package["name"].lower() for package in listed} - NOT_OURS
    print(f"closure    {len(names)} packages (at most {MOST_PACKAGES})")
    if len(names) > MOST_PACKAGES:
        sys.exit(f"A plain install brings {len(names)} packages: {', '.join(sorted(names))}.")


def try_commands(folder: Path, python: Path) -> None:
    """Run the commands that must work without any extra."""
    command = python.parent / "secondline"
    run(command, "--help")
    run(command, "checks", "list")
    (folder / "model.yaml").write_text(MODEL)
    for place, seed in (("dev.csv", 1), ("now.csv", 2)):
        write_rows(folder / place, random.Random(seed))  # noqa: S311 - made-up rows, not secrets
    done = subprocess.run([command, "validate", "model.yaml"], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1, 3} or not list((folder / "runs").rglob("report.html")):
        sys.exit(
            f"`secondline validate` ended with {done.returncode} in a clean environment:\n{done.stdout}{done.stderr}"
        )
    run(command, "verify", cwd=folder)
    print(f"commands   --help, checks list, validate (exit {done.returncode}), verify")


def write_rows(path: Path, dice: random.Random) -> None:
    """Write five hundred made-up scored rows."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["pd", "default", "region", "income"])
        for _ in range(500):
            pd = dice.betavariate(1, 6)
            rows.writerow([round(pd, 4), int(dice.random() < pd), dice.choice("NS"), round(dice.gauss(50, 9), 1)])


def run(*command: object, cwd: Path | None = None) -> str:
    """Run a command, stop with its output when it fails, and return what it printed."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
