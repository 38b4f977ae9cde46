"""Variations: the models that a search for less discriminatory alternatives tries, and how each differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from secondline.core.declared.alternatives import Alternatives

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Columns = Mapping[str, npt.NDArray[Any]]
SEED = 20_261_125


@dataclass(frozen=True, slots=True)
class Variation:
    """One model to be fitted: what it leaves out, how strongly it reweighs, and what else is changed."""

    name: str
    move: str
    dropped: tuple[str, ...] = ()
    reweigh: float = 0.0
    penalty: float = 0.0
    seed: int = SEED
    settings: Mapping[str, Any] = field(default_factory=dict)


def variations(search: Alternatives, proxies: Sequence[str]) -> list[Variation]:
    """Return the variations of a search in its declared order; *proxies* are features, best at telling the group first.

    Candidates are a function of the declaration and the order of the proxies alone.
    """
    return list(islice(_all(search, tuple(proxies[: search.drop])), search.most))


def _all(search: Alternatives, proxies: tuple[str, ...]) -> Iterator[Variation]:
    for i in range(search.seeds):
        yield Variation(f"seed {i + 1}", "seed", seed=SEED + i)
    for name in proxies:
        yield Variation(f"without {name}", "drop", dropped=(name,))
    for count in range(2, len(proxies) + 1):
        yield Variation(f"without the {count} best proxies", "drop", dropped=proxies[:count])
    for strength in search.reweigh:
        yield Variation(f"reweighed, {strength:g}", "reweigh", reweigh=strength)
    if search.kind == "boosting":
        for penalty in search.penalty:
            yield Variation(f"penalty {penalty:g}", "penalty", penalty=penalty)
    for settings in search.settings:
        said = ", ".join(f"{key} {value}" for key, value in settings.items())
        yield Variation(said, "settings", settings=settings)
    for strength in search.reweigh:
        for count in range(1, len(proxies) + 1):
            dropped = proxies[:count]
            yield Variation(f"without {count}, reweighed {strength:g}", "both", dropped=dropped, reweigh=strength)


def by_proxy(columns: Columns, features: Sequence[str], group: Mask, control: Mask) -> tuple[str, ...]:
    """Return features by how well each alone tells the group from the control, best first.

    The measure is ``|AUC - 0.5|`` with ties shared, of the known numbers or of whether the value is missing, whichever
    tells more; a text is ranked by the share of the group among the rows of its level.
    """
    told = {name: _told(columns[name], group, control) for name in features}
    return tuple(sorted(features, key=lambda name: (-told[name], name)))


def _told(values: npt.NDArray[Any], group: Mask, control: Mask) -> float:
    both = group | control
    values, mine = values[both], group[both]
    if values.dtype == object:
        _, place = np.unique(np.array([str(v) for v in values]), return_inverse=True)
        return _apart((np.bincount(place, weights=mine) / np.bincount(place))[place], mine) if len(mine) else 0.0
    missing = np.isnan(values)
    return max(_apart(values[~missing], mine[~missing]), _apart(missing.astype(np.float64), mine))


def _apart(score: Floats, group: Mask) -> float:
    n, m = int(group.sum()), int((~group).sum())
    if not (n and m):
        return 0.0
    return abs(float(rankdata(score)[group].sum() - n * (n + 1) / 2) / (n * m) - 0.5)


def reweighed(weight: Floats, label: Floats, group: Mask, control: Mask, strength: float) -> Floats:
    """Return weights under which group and outcome are independent (strength 1), or part of the way there.

    Each row of the group or its control gets ``(P(group) P(outcome) / P(group, outcome)) ** strength``; other rows keep
    their weight. Source: Kamiran and Calders (2012), Knowledge and Information Systems 33.
    """
    made = weight.copy()
    both = group | control
    total = weight[both].sum()
    for who in (group, control):
        for y in (0.0, 1.0):
            cell = who & (label == y)
            joint = weight[cell].sum() / total if total else 0.0
            if joint > 0:
                apart = (weight[who].sum() / total) * (weight[both & (label == y)].sum() / total)
                made[cell] *= (apart / joint) ** strength
    return made
