"""Training: the developer's own command, run in a fresh copy of its declared inputs, with a time limit.

It is the developer's code and runs with the rights of the person who asked for it; the copy keeps it from reading what
was not declared and from overwriting the champion, and is no jail.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from hashlib import file_digest
from pathlib import Path
from typing import IO

from secondline.core.declared.reproduce import Pinned, Reproduce
from secondline.core.errors import ModelError
from secondline.models.resampling import resample_file
from secondline.models.sandbox import PASSED_ON

TAIL = 1_500
"""Characters of what a failed command printed that its error repeats."""
LISTED = 8


def train(plan: Reproduce, base: Path, work: Path, *, seed: int | None, draw: int | None) -> str:
    """Run the command in the empty folder *work* and return the digest of what it printed.

    With *draw*, the rows of the first snapshot file are drawn again with replacement, by that number.

    Raises:
        ModelError: an input is missing or not the one declared, or the command failed, took too long or cannot start.
    """
    fill(plan, base, work)
    if draw is not None:
        if not plan.snapshot:
            raise ModelError("model.yaml names no `reproduce: snapshot`, so no rows can be drawn again.")
        resample_file(work / plan.snapshot[0].path, draw)
    with tempfile.TemporaryFile() as printed:
        code = _run(_words(plan, base, seed), work, _environment(work, seed), plan.seconds, printed)
        printed.seek(0)
        said = file_digest(printed, "sha256").hexdigest()
        if code != 0:
            how = f"took longer than {plan.seconds:g} s" if code is None else f"ended with code {code}"
            raise ModelError(f"The command of `reproduce` {how}. It last said: {_tail(printed)}")
    return said


def fill(plan: Reproduce, base: Path, work: Path) -> None:
    """Copy the declared inputs into *work*, each under its own path, and hold their digests against model.yaml."""
    for pinned in (*plan.snapshot, *([plan.lock] if plan.lock else [])):
        _copy(base / pinned.path, work / pinned.path, "snapshot" if pinned in plan.snapshot else "lock")
        check_digest(pinned, work)
    for name in plan.files:
        _copy(base / name, work / name, "files")


def check_digest(pinned: Pinned, folder: Path) -> None:
    """Hold a file against the digest that model.yaml gives.

    Raises:
        ModelError: it is another file.
    """
    with (folder / pinned.path).open("rb") as content:
        found = file_digest(content, "sha256").hexdigest()
    if found != pinned.sha256:
        raise ModelError(
            f"{pinned.path!r} is not the file that `reproduce` declares: its SHA-256 is {found}, and "
            f"{pinned.sha256[:16]}... was declared. Restore the file, or declare the new one."
        )


def _copy(source: Path, target: Path, key: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
    except OSError as error:
        raise ModelError(
            f"`reproduce: {key}` names {source.name!r}, which cannot be copied: {error.strerror or error}."
        ) from error


def program(first: str, base: Path) -> str:
    """Return the program a command's first word stands for: ``python`` is the one that runs this."""
    if first in {"python", "python3"}:
        return sys.executable
    beside = base / first
    return str(beside.absolute()) if "/" in first and beside.exists() else first


def _words(plan: Reproduce, base: Path, seed: int | None) -> list[str]:
    first, *rest = plan.command
    said = "" if seed is None else str(seed)
    return [program(first, base), *(word.replace("{seed}", said) for word in rest)]


def _environment(work: Path, seed: int | None) -> dict[str, str]:
    kept = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
    return kept | {"HOME": str(work)} | ({} if seed is None else {"SECONDLINE_SEED": str(seed)})


def _run(words: list[str], work: Path, environment: dict[str, str], seconds: float, printed: IO[bytes]) -> int | None:
    """Return the exit code, or None when time ran out; then everything the command started is ended too."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the command is the user's own, and a list: no shell reads it
            words, cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise ModelError(
            f"The command of `reproduce` cannot start: {words[0]!r}: {error.strerror}. Give a program on the path, "
            "one beside model.yaml (./train.sh), or python."
        ) from error
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _tail(printed: IO[bytes]) -> str:
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(size - 4 * TAIL, 0))
    text = " ".join(printed.read().decode("utf-8", errors="replace").split())
    return text[-TAIL:] or "nothing"


def produced(work: Path, path: str) -> Path:
    """Return the file the command was to write.

    Raises:
        ModelError: it did not.
    """
    if (work / path).is_file():
        return work / path
    left = sorted(p.relative_to(work).as_posix() for p in work.rglob("*") if p.is_file())
    raise ModelError(
        f"The command of `reproduce` ended well and left no {path!r}. In its folder: "
        f"{', '.join(left[:LISTED]) or 'nothing'}. Name what it writes under `reproduce: produces`."
    )
