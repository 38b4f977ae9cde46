"""Reporting: tells the ledger what is served, whenever that changes, without ever keeping a decision waiting."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from secondline.core.errors import SecondlineError
from secondline.gateway.lines import Line

LONGEST = 500
SCORED_BY = ("onnxruntime", "numpy", "secondline")


class Reporter:
    """Reports as one person or program of the ledger; a report that fails is told and tried at the next change."""

    def __init__(self, folder: Path, actor: str, gateway: str, told: Callable[[str], None]) -> None:
        """Report to the ledger in *folder* as *actor*."""
        self._folder, self._actor, self._gateway, self._told = folder, actor, gateway, told
        self._last: dict[str, dict[str, Any]] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reporting")

    def report(self, lines: Iterable[Line]) -> None:
        """Report every line that is not as it was last reported."""
        for line in lines:
            said = _said(line)
            if said != self._last.get(line.model):
                self._last[line.model] = said
                self._thread.submit(self._write, line.model, said)

    def _write(self, model: str, said: dict[str, Any]) -> None:
        from secondline.workflow.store import open_store

        try:
            ledger = open_store(self._folder)
            known = ledger.records.find("deployment", gateway=self._gateway, model=model)
            standing = [one for one in known if one.get("state") != "ended"]
            if standing:
                if any(standing[0].get(name, "") != value for name, value in said.items() if name != "uses"):
                    ledger.act("deployment.changed", self._actor, standing[0]["id"], said, via="gateway")
            else:
                form = said | {"gateway": self._gateway, "model": model}
                ledger.act("deployment.reported", self._actor, "", form, via="gateway")
        except SecondlineError as error:
            self._told(f"{model}: what is served could not be reported: {error}")

    def close(self) -> None:
        """Finish what is under way."""
        self._thread.shutdown(wait=True)


def _said(line: Line) -> dict[str, Any]:
    loaded = line.version.loaded if line.version else None
    return {
        "version": loaded.version if loaded else "", "digest": loaded.digest if loaded else "",
        "pass_id": line.one.id if line.one else "", "uses": tuple(sorted(set(line.uses.values()))),
        "threshold": loaded.threshold if loaded else "", "trouble": line.trouble[:LONGEST], "libraries": libraries(),
    }  # fmt: skip


@cache
def libraries() -> dict[str, str]:
    """Return the versions of what a score depends on besides the artefact: the runtime, numbers, and this program."""
    found = {"python": platform.python_version()}
    for name in SCORED_BY:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
