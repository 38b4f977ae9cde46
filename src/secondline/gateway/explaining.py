"""Explaining: the reason codes of declines, by the very function that was validated."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.errors import ModelError, SecondlineError, SpecError
from secondline.gateway.asked import Asked
from secondline.gateway.deciding import Case
from secondline.gateway.loading import Loaded, as_model

if TYPE_CHECKING:
    from secondline.models.reasons import Explainer, Reasons

FAILED = "no-reasons"
AT_ONCE = 8
"""Cases explained in one call, so that a call that takes longer than a decision may is one that hangs."""


class Late(SecondlineError):
    """An explanation took longer than the desk may wait."""


class Explaining:
    """What explains a version's decisions, and how long the desk waits for it.

    Where a process of its own explains, it is asked from a thread: a process that hangs holds up that thread, and the
    desk goes on without reasons until there is an answer again or the process is ended.
    """

    def __init__(self, explain: Explainer, *, apart: bool) -> None:
        """Explain by *explain*, which asks another process where it is *apart*."""
        self.explain = explain
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="explaining") if apart else None
        self._last: Future[Reasons] | None = None

    def reasons(self, cases: Sequence[Case], seconds: float | None) -> Reasons:
        """Return the reasons of cases by the scores they were decided by.

        Raises:
            Late: it took longer than *seconds*, or an earlier one that did is still under way.
            ModelError: the model cannot explain them.
        """
        columns = columns_of(self.explain, cases)
        scores = np.array([np.nan if case.score is None else case.score for case in cases])
        if self._thread is None:
            return self.explain.reasons(columns, scores=scores)
        if self._last is not None and not self._last.done():
            raise Late("An earlier explanation is still under way.")
        self._last = self._thread.submit(self.explain.reasons, columns, scores=scores)
        try:
            return self._last.result(seconds)
        except TimeoutError as error:
            raise Late("It took too long.") from error


def explained(
    explain: Explaining, when: str, asked: Sequence[Asked], cases: Sequence[Case], seconds: float | None = None
) -> None:
    """Give each declined case its reason codes, most important first, as ``when`` says.

    ``declines`` gives them unless the request says not to, ``on-request`` where its ``extra`` asks for them. Where
    they cannot be found, or not within *seconds* for eight cases, the path says so; the decision stands.
    """
    wanted = [case for one, case in zip(asked, cases, strict=True) if case.decision == "decline" and _asks(when, one)]
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        try:
            found = explain.reasons(some, seconds)
            for row, case in enumerate(some):
                case.reasons = tuple(code for code, _, _ in found.of(row))
        except Exception as error:  # noqa: BLE001 - a decision stands although its explanation failed
            for case in some:
                case.path = (*case.path, f"{FAILED}: {type(error).__name__}")


def _asks(when: str, asked: Asked) -> bool:
    return asked.reasons and (when == "declines" or (when == "on-request" and bool(asked.extra.get("reasons"))))


def columns_of(explain: Explainer, cases: Sequence[Case]) -> dict[str, Any]:
    """Return the columns that an explanation reads, of cases: the model's features and those of knock-outs."""
    names = (*explain.deciding.model.features, *(rule.column for rule in explain.declared.knock_outs.values()))
    return {name: column([case.inputs.get(name) for case in cases]) for name in names}


def column(values: Sequence[Any]) -> Any:
    """Return values as models take a column: numbers with NaN for missing, or text with None."""
    if any(isinstance(value, str) for value in values):
        return np.array(values, dtype=object)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def ready(loaded: Loaded, reference: Path) -> Explaining:
    """Return what explains a version's decisions, against the reference rows in a file.

    Raises:
        SpecError: the file is missing or holds no rows.
        ModelError: the rows do not fit the model.
    """
    from secondline.models.reasons import explainer

    rows = read_rows(reference)
    lacking = [name for name in loaded.session.features if name not in rows]
    if lacking:
        raise ModelError(f"The reference rows in {reference.name!r} lack {', '.join(lacking[:8])}.")
    return Explaining(explainer(as_model(loaded), rows, loaded.spec), apart=loaded.native is not None)


def read_rows(path: Path) -> dict[str, Any]:
    """Return the columns of a JSON file ``{"columns": {name: [values]}}``; missing values are null.

    Raises:
        SpecError: it cannot be read or is not of this form.
    """
    try:
        found = {str(name): column(values) for name, values in json.loads(path.read_bytes())["columns"].items()}
    except OSError as error:
        raise SpecError(f"Cannot read the reference rows {str(path)!r}: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpecError(f"{str(path)!r} holds no reference rows; write them with `secondline convert run`.") from error
    if len({len(values) for values in found.values()}) != 1:
        raise SpecError(f"The columns of {str(path)!r} are not equally long.")
    return found
