"""The sandbox: a model in a process of its own, asked over a pipe and ended when it takes too long."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from secondline.core.canonical import digest_bytes
from secondline.core.errors import ModelError
from secondline.models.model import Contributions, Explain, Floats, Model
from secondline.models.packing import packed
from secondline.models.watchdog import WATCHDOG
from secondline.models.wire import receive, send

MEMORY = 8 << 30
"""Bytes of address space a model's process may ask for; libraries reserve several times what they use."""
SECONDS_TO_LOAD, SECONDS_A_BATCH, CPU_SECONDS = 60.0, 120.0, 36_000
BY_PATH = frozenset({"catboost"})
"""Formats whose library reads some files from a path only."""
MOST_ANSWER = 64 << 20
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
PASSED_ON = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH")


class Sandbox:
    """One worker process. It is ended with the object, on time-out and on any answer that is not understood."""

    def __init__(self, name: str, seconds: float = SECONDS_A_BATCH, threads: int | None = None) -> None:
        self.name, self.seconds = name, seconds
        self._folder = tempfile.TemporaryDirectory(prefix="secondline-model-")
        self._lock = threading.Lock()
        environment = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
        environment |= {} if threads is None else dict.fromkeys(THREADS, str(threads))
        # -I: neither the current folder nor PYTHON* variables decide what is imported.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "secondline.models.jail"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env=environment | {"HOME": self._folder.name},
        )
        self._finalizer = weakref.finalize(self, _end, self._process, self._folder)

    def ask(
        self, head: dict[str, Any], body: bytes, what: str, seconds: float | None = None
    ) -> tuple[dict[str, Any], bytes]:
        """Send one request and return its answer.

        Raises:
            ModelError: the process died, took too long, or refused.
        """
        late = threading.Event()
        patience = seconds or self.seconds

        def stop() -> None:
            late.set()
            self._process.kill()

        watch = WATCHDOG.begin(stop, patience)
        try:
            with self._lock:
                send(_pipe(self._process.stdin), head, body)
                answer, content = receive(_pipe(self._process.stdout), MOST_ANSWER)
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise self._broken(what, patience if late.is_set() else None) from error
        finally:
            WATCHDOG.end(watch)
        if not answer.get("ok"):
            raise ModelError(f"Artefact {self.name!r} {what}: {answer.get('error', 'no reason given')}")
        return answer, content

    def _broken(self, what: str, patience: float | None) -> ModelError:
        self.close()
        if patience is not None:
            return ModelError(f"Artefact {self.name!r} {what}: it took longer than {patience:g} s and was stopped.")
        return ModelError(
            f"Artefact {self.name!r} {what}: the process that held it ended (code {self._process.returncode}), as it "
            "does on a damaged file or one that asks for too much memory. Nothing else was affected."
        )

    def place(self, content: bytes) -> str:
        """Put a file into the worker's folder, where it may read; returns its name there."""
        (Path(self._folder.name) / "artefact").write_bytes(content)
        return "artefact"

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process."""
        self._finalizer()


def _end(process: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            try:
                pipe.close()
            except OSError:
                continue
    folder.cleanup()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("the process has no pipe")
    return pipe


def opened(
    name: str, kind: str, content: bytes, options: Mapping[str, Any], *, memory: int = MEMORY,
    load_seconds: float = SECONDS_TO_LOAD, seconds: float = SECONDS_A_BATCH, threads: int | None = None,
) -> Model:  # fmt: skip
    """Open an artefact's bytes in a process of its own, which runs *threads* threads (None: as many as it likes).

    Raises:
        ModelError: they are not a model of this kind, or opening them took too much memory or time.
    """
    box = Sandbox(name, seconds, threads)
    asked: dict[str, Any] = {**options, "threads": threads}
    head = {
        "op": "load",
        "format": kind,
        "options": asked,
        "memory": memory,
        "cpu": CPU_SECONDS,
    }
    if kind in BY_PATH:
        asked["path"] = box.place(content)
    try:
        answer, _ = box.ask(head, content, f"could not be opened as {kind}", load_seconds)
    except ModelError:
        box.close()
        raise

    features = tuple(str(feature) for feature in answer["features"])

    def run(columns: dict[str, npt.NDArray[Any]]) -> Floats:
        how, body = packed({feature: columns[feature] for feature in features})
        _, scores = box.ask({"op": "score", **how}, body, "could not score")
        return np.frombuffer(scores, dtype=np.float64)

    def explain(columns: dict[str, npt.NDArray[Any]], absent: dict[str, npt.NDArray[Any]]) -> Contributions:
        rows = len(columns[features[0]])
        sent = {name: np.concatenate([columns[name], absent[name]]) if reads else columns[name] for name in features}
        how, body = packed(sent)
        said, content = box.ask({"op": "explain", "rows": rows, **how}, body, "could not be explained")
        return _contributions(said, content, rows, len(features))

    reads = bool(answer.get("background"))
    able = Explain(explain, reads) if answer.get("explains") else None
    return Model(name, kind, features, run, digest_bytes(content), answer["facts"], box.close, able, box.alive)


def _contributions(said: Mapping[str, Any], content: bytes, rows: int, width: int) -> Contributions:
    numbers = np.frombuffer(content, dtype=np.float64)
    if len(numbers) != rows * (width + 1):
        raise ModelError(f"The model's process gave {len(numbers):,} numbers for {rows:,} rows of {width} inputs.")
    values = numbers[: rows * width].reshape(rows, width)
    return Contributions(
        values, float(said["base"]), numbers[rows * width :], str(said["scale"]), str(said["method"]),
        int(said["background"]),
    )  # fmt: skip
