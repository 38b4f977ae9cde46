"""Rows: cases on which a conversion is tried - thresholds and their neighbours, missing values, extremes, real rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.spec import Domain, ModelSpec

LEAST = 10_000
"""Rows at least."""
FAR = 1e9
SEED = 20_260_101


def tried(
    features: Sequence[str], cuts: Sequence[Mapping[str, Sequence[float]]], spec: ModelSpec,
    reference: Mapping[str, npt.NDArray[Any]] | None = None, *, missing: bool = True,
) -> dict[str, npt.NDArray[np.float64]]:  # fmt: skip
    """Return rows to try: first those of *reference*, then at least 10,000 whose values are drawn near the cuts.

    Every value of every feature's pool occurs: each threshold, its neighbours in single and in double precision, the
    ends of its domain, zero, one thousand million either way, quantiles of the reference, and missing.
    """
    random = np.random.default_rng(SEED)
    pools = []
    for place, name in enumerate(features):
        mine = cuts[place] if place < len(cuts) else {"cuts": (), "codes": ()}
        given = np.asarray(reference[name], dtype=np.float64) if reference and name in reference else np.empty(0)
        pools.append(_pool(mine, spec.domains.get(name), given, missing=missing))
    rows = max(LEAST, *(len(pool) for pool in pools)) if pools else LEAST
    made = {}
    for name, pool in zip(features, pools, strict=True):
        drawn = random.choice(pool, rows)
        drawn[: len(pool)] = pool
        random.shuffle(drawn)
        real = [np.asarray(reference[name], dtype=np.float64)] if reference and name in reference else []
        made[name] = np.concatenate([*real, drawn])
    return made


def _pool(
    mine: Mapping[str, Sequence[float]], domain: Domain | None, given: npt.NDArray[np.float64], *, missing: bool
) -> npt.NDArray[np.float64]:
    known = given[np.isfinite(given)]
    quantiles = np.quantile(known, np.linspace(0, 1, 21), method="lower") if len(known) else np.empty(0)
    ends = [float(end) for end in (domain.min, domain.max) if end is not None] if domain else []
    # What may not be missing is refused before the model sees it.
    lost = [np.nan] if missing and (domain is None or domain.nullable) else []
    codes = np.asarray(mine["codes"], dtype=np.float64)
    if len(codes):
        # Between two codes there is nothing, so that neighbours of a code would be no case.
        return np.unique(np.concatenate([codes, codes + 1, quantiles, [0.0, *lost]]))
    cuts = np.concatenate([np.asarray(mine["cuts"], dtype=np.float64), ends])
    once = cuts.astype(np.float32)
    up, down = np.float32(np.inf), np.float32(-np.inf)
    near = [once, np.nextafter(once, up), np.nextafter(once, down)]
    exact = [cuts, np.nextafter(cuts, np.inf), np.nextafter(cuts, -np.inf)]
    every = [*(part.astype(np.float64) for part in near), *exact, quantiles, [0.0, 1.0, FAR, -FAR, *lost]]
    return np.unique(np.concatenate(every))
