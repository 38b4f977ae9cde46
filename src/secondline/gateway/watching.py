"""Watching: looks at the passes several times a second and exchanges what the desk decides by."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from secondline.core.errors import SecondlineError
from secondline.gateway.building import Builder
from secondline.gateway.clock import Clock
from secondline.gateway.counts import Counts
from secondline.gateway.desk import LiveDesk
from secondline.gateway.lines import Line, Version
from secondline.gateway.passes import Keeper, Pass, Standing, source_of
from secondline.gateway.reporting import Reporter
from secondline.gateway.routing import Onlooker
from secondline.gateway.settings import Settings, place

AGAIN = 5.0
"""Seconds before a version that could not be loaded is tried again."""
Told = Callable[[str], None]


@dataclass(slots=True)
class Job:
    """What is being loaded for one model, and what came of the last attempt."""

    wanted: tuple[str, str] = ("", "")
    future: Future[Version] | None = None
    shadows: Future[tuple[Onlooker, ...]] | None = None
    failed: str = ""
    when: float = 0.0
    retired: list[tuple[float, Version]] = field(default_factory=list)


class Watch:
    """A gateway's desk and the thread that keeps it right.

    A change of a pass takes effect at the next look, at most half a second later. A new version is loaded beside the
    old one, which goes on deciding as long as its own pass carries, and then takes its place between two batches.
    """

    def __init__(self, settings: Settings, base: Path, clock: Clock | None = None, told: Told = lambda _: None) -> None:
        """Make ready what *settings* say; relative paths are from *base*, *told* hears what changes.

        Raises:
            SecondlineError: the state cannot be kept, or a key cannot be read.
        """
        folder = place(base, settings.state)
        self.counts = Counts(folder / "caps.sqlite")
        self.clock = clock or Clock(folder / "clock")
        self.settings, self.builder, self._told = settings, Builder(settings, base), told
        self.desk = LiveDesk(self.counts, self.clock, key=settings.name.encode())
        models = tuple(settings.models)
        source = source_of(base, settings.ledger, settings.passes, models, settings.key)
        self._keeper = Keeper(source, self.clock, told)
        self._jobs = {model: Job() for model in models}
        for model, served in settings.models.items():
            self.desk.lines[model] = Line(model, served, arm=self.builder.arm(model))
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="loading")
        folder = place(base, settings.ledger)
        reports = bool(settings.ledger and settings.reports_as)
        self._reporter = Reporter(folder, settings.reports_as, settings.name, told) if reports else None
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look once, load what is approved, and go on looking in a thread of its own."""
        self.settle()
        self._thread = threading.Thread(target=self._watch, name="passes", daemon=True)
        self._thread.start()

    def settle(self, seconds: float = 300.0) -> None:
        """Look, and wait until everything that can be loaded is."""
        self.look()
        last = time.monotonic() + seconds
        while any(job.future or job.shadows for job in self._jobs.values()) and time.monotonic() < last:
            time.sleep(0.01)
            self.look()

    def close(self) -> None:
        """Stop looking, give back what is left of the lots of caps, and end the processes that explain."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(10.0)
        self._loader.shutdown(wait=True, cancel_futures=True)
        for job in self._jobs.values():
            if (
                job.future is not None
                and job.future.done()
                and not job.future.cancelled()
                and not job.future.exception()
            ):
                job.future.result().loaded.close()
        for line in self.desk.lines.values():
            if line.version is not None:
                line.version.loaded.close()
        if self._reporter is not None:
            self._reporter.close()
        self.clock.note(force=True)
        self.counts.close()

    def _watch(self) -> None:
        while not self._end.wait(self.settings.look_every):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - a look that fails must not be the last
                self._told(f"looking at the passes failed: {type(error).__name__}: {error}")

    def look(self) -> None:
        """Look at the passes once and exchange every line that is not as it should be."""
        standing = self._keeper.look()
        self.clock.note()
        for model in self._jobs:
            self._look_at(model, standing)
        if self._reporter is not None:
            self._reporter.report(line for line in self.desk.lines.values() if line.model not in self._loading())

    def _loading(self) -> set[str]:
        return {model for model, job in self._jobs.items() if job.future is not None}

    def _look_at(self, model: str, standing: Standing) -> None:
        line, job, now = self.desk.lines[model], self._jobs[model], self.clock.now()
        self._shadows(model, job)
        line = self.desk.lines[model]
        wanted = standing.of(model, line.served.version)
        version, one = self._chosen(line, job, wanted, standing)
        changed = self.builder.line(replace(line, problem=job.failed), version, one, standing, now)
        if (changed.trouble, changed.one, changed.problem) != (line.trouble, line.one, line.problem):
            self._told(f"{model}: {changed.trouble or changed.problem or f'decides by {one.id if one else None}'}")
        if version is not None and line.version is not None and version.loaded is not line.version.loaded:
            # Decisions of this very moment may still hold the old one; its process ends a little later.
            job.retired.append((time.monotonic(), line.version))
        self.desk.lines[model] = changed
        self._bury(job)

    def _chosen(
        self, line: Line, job: Job, wanted: Pass | None, standing: Standing
    ) -> tuple[Version | None, Pass | None]:
        """Return the version to decide with and its pass: the one wanted once it is loaded, until then the old one."""
        if wanted is None:
            return line.version, None
        if _is(line.version, wanted):
            return line.version, wanted
        loaded = self._load(line.model, job, wanted)
        if loaded is not None:
            return loaded, wanted
        if line.version is not None:
            old = _pass_of(standing, line.model, line.version)
            return line.version, old
        return None, wanted

    def _load(self, model: str, job: Job, wanted: Pass) -> Version | None:
        key = wanted.version, wanted.digest
        if job.future is not None:
            if not job.future.done():
                return None
            future, job.future = job.future, None
            try:
                found = future.result()
            except (SecondlineError, OSError) as error:
                job.failed, job.when = str(error), time.monotonic()
                return None
            except Exception as error:  # noqa: BLE001 - whatever a file does to a library is a reason, not a crash
                job.failed, job.when = f"{type(error).__name__}: {error}", time.monotonic()
                return None
            if job.wanted == key:
                job.failed = ""
                return found
            found.loaded.close()
        if job.wanted != key or not job.failed or time.monotonic() - job.when > AGAIN:
            job.wanted = key
            job.future = self._loader.submit(self.builder.version, model, wanted)
        return None

    def _shadows(self, model: str, job: Job) -> None:
        line = self.desk.lines[model]
        if not line.served.shadows or line.shadows:
            return
        if job.shadows is None:
            job.shadows = self._loader.submit(self.builder.onlookers, model)
        elif job.shadows.done():
            future, job.shadows = job.shadows, None
            try:
                self.desk.lines[model] = self._with_shadows(line, future.result())
            except Exception as error:  # noqa: BLE001 - a challenger that cannot be loaded keeps nobody from deciding
                self._told(f"{model}: a challenger could not be loaded: {error}")
                self.desk.lines[model] = replace(line, served=line.served.model_copy(update={"shadows": ()}))

    def _with_shadows(self, line: Line, shadows: tuple[Onlooker, ...]) -> Line:
        return replace(line, shadows=shadows)

    def _bury(self, job: Job) -> None:
        for when, version in list(job.retired):
            if time.monotonic() - when > AGAIN:
                version.loaded.close()
                job.retired.remove((when, version))


def _is(version: Version | None, one: Pass) -> bool:
    return version is not None and (version.loaded.version, version.loaded.digest) == (one.version, one.digest)


def _pass_of(standing: Standing, model: str, version: Version) -> Pass | None:
    found = standing.of(model, version.loaded.version)
    return found if found is not None and _is(version, found) else None
