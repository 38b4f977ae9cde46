"""BISG: probabilities of group membership from surname and place, by Bayes' rule, from tables that the user brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from secondline.stats.fairness.groups import Floats

Probabilities = Mapping[str, float]
CLOSE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Memberships:
    """A probability for each row (down) and group (across), NaN where nothing is known, and where it came from.

    ``coverage`` counts rows by what was found of them: both tables, surname only, place only, neither.
    """

    groups: tuple[str, ...]
    probability: Floats
    coverage: dict[str, int]

    def columns(self, prefix: str = "p_") -> dict[str, Floats]:
        """Return one column a group, as `fairness: probabilities` of model.yaml expects them."""
        return {f"{prefix}{group}": self.probability[:, i] for i, group in enumerate(self.groups)}


def bisg(
    surnames: Sequence[str | None], places: Sequence[str | None],
    by_surname: Mapping[str, Probabilities], place_given_group: Mapping[str, Probabilities],
    prior: Probabilities | None = None,
) -> Memberships:  # fmt: skip
    """Return P(group | surname, place), proportional to P(group | surname) P(place | group).

    *by_surname* has P(group | surname) by surname, *place_given_group* P(place | group) by place: the share of the
    group's people who live there. Surnames are compared in capitals without blanks at the ends. With one table only: a
    known surname gives P(group | surname); a known place gives P(group) P(place | group) scaled, where *prior* gives
    P(group), and nothing else. Rows of which nothing is known, or whose product is 0 in every group, are NaN: no
    group is guessed. It assumes that surname and place are independent given the group. Source: Elliott et al.
    (2009), Health Services and Outcomes Research Methodology 9.

    >>> found = bisg(["Lee"], ["10001"], {"LEE": {"a": 0.4, "b": 0.6}}, {"10001": {"a": 0.03, "b": 0.01}})
    >>> [round(float(p), 4) for p in found.probability[0]]  # 0.012 and 0.006
    [0.6667, 0.3333]

    Raises:
        ValueError: the tables disagree on the groups, or a probability of a surname is not one.
    """
    tables = [*by_surname.values(), *place_given_group.values(), *([prior] if prior else [])]
    groups = tuple(sorted(tables[0])) if tables else ()
    _same_groups(groups, by_surname, place_given_group, prior)
    name_rows = {_tidy(name): _row(known, groups) for name, known in by_surname.items()}
    place_rows = {place: _row(known, groups) for place, known in place_given_group.items()}
    base = None if prior is None else _row(prior, groups)
    coverage: dict[str, int] = dict.fromkeys(("both", "surname only", "place only", "neither"), 0)
    found = np.full((len(surnames), len(groups)), np.nan)
    for i, (surname, place) in enumerate(zip(surnames, places, strict=True)):
        one, two = name_rows.get(_tidy(surname)), place_rows.get(place or "")
        said, weight = _joined(one, two, base)
        total = float(weight.sum()) if weight is not None else 0.0
        if weight is None or total <= 0:
            said = "neither"
        else:
            found[i] = weight / total
        coverage[said] += 1
    return Memberships(groups, found, coverage)


def _joined(name: Floats | None, place: Floats | None, prior: Floats | None) -> tuple[str, Floats | None]:
    if name is not None:
        return ("both", name * place) if place is not None else ("surname only", name)
    return ("place only", prior * place) if place is not None and prior is not None else ("neither", None)


def _tidy(name: str | None) -> str:
    return (name or "").strip().upper()


def _row(known: Probabilities, groups: Sequence[str]) -> Floats:
    return np.array([known[group] for group in groups], dtype=np.float64)


def _same_groups(
    groups: Sequence[str], names: Mapping[str, Probabilities], places: Mapping[str, Probabilities],
    prior: Probabilities | None,
) -> None:  # fmt: skip
    for what, table in (("surname", names), ("place", places), ("prior", {"": prior} if prior else {})):
        for key, known in table.items():
            if sorted(known) != list(groups):
                raise ValueError(f"{what} {key!r} has the groups {sorted(known)}, others have {list(groups)}")
            if any(not 0 <= p <= 1 for p in known.values()):
                raise ValueError(f"{what} {key!r} has a probability outside [0, 1]")
            if what != "place" and abs(sum(known.values()) - 1) > CLOSE:
                raise ValueError(f"the probabilities of {what} {key!r} add up to {sum(known.values()):g}, not 1")
