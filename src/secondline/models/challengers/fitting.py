"""Fit a challenger of any kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from secondline.core.canonical import digest_bytes
from secondline.core.declared.challengers import SEED, SETTINGS, Settings, read_settings
from secondline.core.errors import ModelError, near
from secondline.models.challengers.given import Column, Columns, Fit, Given, cleaned, varies
from secondline.models.challengers.libraries import library
from secondline.models.model import Floats, Model

ROWS = {"ebm": 20_000}
MOST_ROWS = 50_000
"""Rows fitted on, the first of those given; an explainable boosting machine takes fewer (ROWS), for it is slow."""
LEAST = 50
"""Rows of each class below which nothing is fitted."""
_DIRECTIONS = {"increasing": 1, "decreasing": -1}


def fit(
    kind: str,
    columns: Columns,
    label: Floats,
    weight: Floats | None = None,
    *,
    features: Sequence[str] | None = None,
    seed: int = SEED,
    settings: Mapping[str, Any] | Settings | None = None,
    monotone: Mapping[str, str] | None = None,
) -> Model:
    """Fit a challenger and return it as a Model, which scores the probability of the event.

    *columns* are numbers (NaN for missing; infinities count as missing) or texts (None for missing), *label* is 1 for
    the event and 0 for its absence. Rows with another label or without weight are left out, as are features that do
    not vary. *monotone* holds the risk to ``increasing`` or ``decreasing`` in a feature. The same arguments give the
    same model. ``facts`` say what was fitted on and how large the model is.

    Raises:
        ModelError: the kind or a feature is unknown, a setting is wrong, or a class has fewer than 50 rows.
        MissingExtra: the library of the kind is not installed.
    """
    if kind not in SETTINGS:
        raise ModelError(f"No kind of challenger is called {kind!r}. Known: {', '.join(SETTINGS)}.")
    given, facts = given_rows(kind, columns, label, weight, features or tuple(columns), seed, monotone or {})
    try:
        chosen = read_settings(kind, dict(settings or {})) if not isinstance(settings, Settings) else settings
    except ValueError as error:
        raise ModelError(f"Wrong settings: {error}.") from error
    # One thread of linear algebra: the same digits whatever the machine, and no waiting for one another.
    with library("threadpoolctl", f"Fitting a {kind} challenger").threadpool_limits(limits=1, user_api="blas"):
        made: Fit = import_module(f"secondline.models.challengers.{kind}").fit(given, chosen)

    def run(some: dict[str, Column]) -> Floats:
        return made.predict({name: cleaned(values) for name, values in some.items()})

    return Model(kind, kind, given.features, run, digest_bytes(made.content), facts | made.facts)


def given_rows(
    kind: str, columns: Columns, label: Floats, weight: Floats | None, features: Sequence[str], seed: int,
    monotone: Mapping[str, str],
) -> tuple[Given, dict[str, Any]]:  # fmt: skip
    """Return the rows that can be fitted on, cleaned, and facts about them."""
    if absent := [name for name in (*features, *monotone) if name not in columns]:
        raise ModelError(f"There is no column {absent[0]!r} to fit on. {near(absent[0], list(columns))}".strip())
    y = np.asarray(label, dtype=np.float64)
    w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
    known = np.flatnonzero(((y == 0) | (y == 1)) & (w > 0))
    rows = known[: ROWS.get(kind, MOST_ROWS)]
    y, w = y[rows], w[rows]
    events = int(y.sum())
    if min(events, len(y) - events) < LEAST:
        raise ModelError(
            f"A challenger needs {LEAST} rows of each class, and there are {events} events in {len(y)} rows."
        )
    taken = {name: cleaned(columns[name][rows]) for name in features}
    kept = {name: values for name, values in taken.items() if varies(values)}
    if not kept:
        raise ModelError("None of the features varies, so there is nothing to fit on.")
    signs = {name: _DIRECTIONS[way] for name, way in monotone.items() if name in kept and kept[name].dtype != object}
    facts = {
        "kind": kind, "rows": len(y), "rows with an outcome": len(known), "events": events, "seed": seed,
        "without variation": [name for name in taken if name not in kept],
    }  # fmt: skip
    return Given(kept, y, w * float(w.sum() / (w**2).sum()), signs, seed), facts
