"""Reasons: why a decision went against an applicant, as codes in order of what they contributed.

One function for validation and for serving: what a person is told is what was tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.declared.reasons import Reasons as Declared
from secondline.core.spec import ModelSpec
from secondline.models import references
from secondline.models.additive import Additive, additive
from secondline.models.attributions import Background, Method, attribute
from secondline.models.deciding import Deciding, Mask, absent, held, picked
from secondline.models.drivers import Catalogue, drivers, missing_code
from secondline.models.model import Columns, Floats, Model

Places = npt.NDArray[np.int64]
SAMPLES = 64
"""Pairs of opposite permutations a row, where a model has no exact method of its own."""
NONE = -1
DIGITS = 9
"""Contributions that agree to nine decimals are equal, so that rounding in another batch cannot turn their order."""
BY_SCORE, BY_RULE, BY_PERSON = 0, 1, 2
APPROVED, UNDECIDED = 3, 4
TRUE = frozenset({1.0, "1", "true", "True", "TRUE", "yes", "Y"})


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """The reasons of decisions, a row each.

    ``named`` holds places in ``codes``, the strongest reason first and -1 where there is none; ``weights`` what each
    contributed to the margin (NaN for a rule). ``contributions`` are those of every driver, named or not. ``by`` is
    0 where the score declined, 1 a rule, 2 a person; 3 where the row was approved, 4 where it has no score.
    ``blank`` marks reasons that rest on a missing value.
    """

    codes: tuple[str, ...]
    words: dict[str, str]
    named: Places
    weights: Floats
    blank: Mask
    drivers: tuple[str, ...]
    contributions: Floats
    margins: Floats
    by: Places

    def of(self, row: int) -> list[tuple[str, str, float]]:
        """Return the reasons of one row: code, words, contribution."""
        given = [
            (place, weight) for place, weight in zip(self.named[row], self.weights[row], strict=True) if place >= 0
        ]
        return [(self.codes[p], self.words[self.codes[p]], float(w)) for p, w in given]


@dataclass(frozen=True, slots=True, eq=False)
class Explainer:
    """A model made ready to explain its decisions: what is the same for every row is done once.

    ``reading`` is the additive reading of a model that adds; ``expected`` is each feature's mean part at the
    reference (or mean attribution, where the library's own method knows no reference); ``method`` says how.
    ``absent`` is the reference with its scores, where coalitions are scored against it.
    """

    deciding: Deciding
    catalogue: Catalogue
    spec: ModelSpec
    reference: dict[str, Any]
    reading: Additive | None
    expected: Floats
    sampled: bool
    method: str
    absent: Background | None = None

    @property
    def declared(self) -> Declared:
        """What model.yaml declares."""
        return self.spec.reasons or Declared()

    def by_feature(self, columns: Columns) -> Floats:
        """Return what each feature (across) added to the margin of each row (down), against the reference."""
        if self.reading is not None:
            return self.reading.parts(columns) - self.expected
        rows = held(self.deciding.model, columns)
        size = len(next(iter(rows.values())))
        if not self.sampled:
            found = attribute(self.deciding.model, rows, self.absent or self.reference, method=self._how)
            return self._turned(found.values) - self.expected
        # One row at a time, so that a row's permutations do not depend on its neighbours.
        one = [self._one(rows, i) for i in range(size)]
        return np.concatenate(one) if one else np.empty((0, len(rows)))

    def _one(self, rows: Columns, row: int) -> Floats:
        alone = picked(rows, slice(row, row + 1))
        against = self.absent or self.reference
        return self._turned(attribute(self.deciding.model, alone, against, method=self._how, samples=SAMPLES).values)

    @property
    def _how(self) -> Method:
        """The method of `expected`: values of another one, where this fails for once, could not be held against it."""
        if self.sampled:
            return "sampling"
        return "auto" if self.deciding.model.explain is None else "native"

    def _turned(self, values: Floats) -> Floats:
        return self.deciding.sign * values

    def contributions(self, columns: Columns) -> Floats:
        """Return what each driver (across) added to the margin of each row (down)."""
        return self.by_feature(columns) @ self.catalogue.membership(self.deciding.model.features)

    def reasons(self, columns: Columns, *, every: bool = False, scores: Floats | None = None) -> Reasons:
        """Return the reasons of each row; approved rows have none, unless *every* row is to be explained.

        Only what worsened the score against the reference is a reason. Ties keep the order of model.yaml. A rule
        that declines gives its own code first; a person who declines what the score approves gives theirs alone.
        *scores* are those the rows were decided by, where they are known: the model is then not asked for them.
        """
        scores = self.deciding.model.score(columns) if scores is None else scores
        by, struck = self._decided(columns, scores)
        features = self.by_feature(columns)
        total = features @ self.catalogue.membership(self.deciding.model.features)
        told = (by == BY_SCORE) | ((by == BY_RULE) & ~self.deciding.approved(scores)) | every
        named, weights, blank = self._ranked(features, total, columns, told)
        named, weights, blank = self._ruled(named, weights, blank, by, struck)
        return Reasons(
            self.catalogue.codes, self.catalogue.words, named, weights, blank,
            tuple(d.code for d in self.catalogue.drivers), total, self.deciding.margin(scores), by,
        )  # fmt: skip

    def decided(self, columns: Columns) -> Places:
        """Return who decided each row."""
        return self._decided(columns, self.deciding.model.score(held(self.deciding.model, columns)))[0]

    def _decided(self, columns: Columns, scores: Floats) -> tuple[Places, Mask]:
        """Return who decided each row, and which of the rules struck it (rows by rules)."""
        by = np.where(self.deciding.approved(scores), APPROVED, BY_SCORE).astype(np.int64)
        by[~np.isfinite(scores)] = UNDECIDED
        override = columns.get("@override")
        if override is not None:
            changed = np.isfinite(override)
            final = self.deciding.approved(self.deciding.sign * np.asarray(override, dtype=np.float64))
            by[changed & final] = APPROVED
            by[changed & ~final & (by != BY_SCORE)] = BY_PERSON
        rules = self.declared.knock_outs.values()
        struck = np.zeros((len(scores), len(rules)), dtype=bool)
        for j, rule in enumerate(rules):
            if rule.column in columns:
                struck[:, j] = [value in TRUE for value in np.asarray(columns[rule.column]).tolist()]
        by[struck.any(axis=1)] = BY_RULE
        return by, struck

    def _ranked(self, features: Floats, total: Floats, columns: Columns, told: Mask) -> tuple[Places, Floats, Mask]:
        rounded = np.round(total, DIGITS)
        open_ = np.array([not d.withheld for d in self.catalogue.drivers])
        against = np.where(np.isfinite(rounded) & (rounded > 0) & open_ & told[:, np.newaxis], rounded, -np.inf)
        order = np.argsort(-against, axis=1, kind="stable")
        most = min(self.declared.most, order.shape[1])
        width = self.declared.most + (self.declared.inquiries is not None)
        size = len(order)
        named = np.full((size, width), NONE, dtype=np.int64)
        named[:, :most] = order[:, :most]
        self._inquiries(named, against)
        down = np.arange(size)[:, np.newaxis]
        real = (named >= 0) & np.isfinite(against[down, np.maximum(named, 0)])
        weights = np.where(real, total[down, np.maximum(named, 0)], np.nan)
        named = np.where(real, named, NONE)
        blank = self._blank(features, columns, named)
        return self._worded(named, blank), weights, blank

    def _inquiries(self, named: Places, against: Floats) -> None:
        """Name inquiries beyond the most where they counted against the applicant and are not among the most."""
        codes = [driver.code for driver in self.catalogue.drivers]
        if self.declared.inquiries not in codes:
            return
        place = codes.index(self.declared.inquiries)
        missed = ~(named[:, :-1] == place).any(axis=1) & np.isfinite(against[:, place])
        named[missed, -1] = place

    def _blank(self, features: Floats, columns: Columns, named: Places) -> Mask:
        """Whether each named driver's strongest feature has no value."""
        names = self.deciding.model.features
        missing = np.stack([absent(np.asarray(columns[name])) for name in names], axis=1)
        blank = np.zeros(named.shape, dtype=bool)
        for j, driver in enumerate(self.catalogue.drivers):
            mine = [names.index(name) for name in driver.features]
            strongest = np.array(mine)[np.argmax(features[:, mine], axis=1)]
            lacks = missing[np.arange(len(named)), strongest]
            blank |= (named == j) & lacks[:, np.newaxis]
        return blank

    def _worded(self, named: Places, blank: Mask) -> Places:
        """Return named drivers as places of codes: a missing value has words of its own, where they are declared."""
        codes = self.catalogue.codes
        other = np.array(
            [codes.index(missing_code(d)) if d.missing else j for j, d in enumerate(self.catalogue.drivers)]
        )
        return np.where((named >= 0) & blank, other[np.maximum(named, 0)], named) if len(other) else named

    def _ruled(
        self, named: Places, weights: Floats, blank: Mask, by: Places, struck: Mask
    ) -> tuple[Places, Floats, Mask]:
        """Put the codes of rules first, and the code of a person where only a person declined."""
        codes, override = self.catalogue.codes, self.declared.overrides
        rules = [codes.index(code) for code in self.declared.knock_outs]
        for row in np.flatnonzero(struck.any(axis=1)):
            first = [rules[j] for j in np.flatnonzero(struck[row])][: self.declared.most]
            width = named.shape[1]
            # Reasons of the score that no longer fit within the most are the weakest.
            kept = [j for j in range(width) if named[row, j] >= 0][: max(self.declared.most - len(first), 0)]
            named[row] = [*first, *named[row, kept], *[NONE] * (width - len(first) - len(kept))]
            weights[row] = [*[np.nan] * len(first), *weights[row, kept], *[np.nan] * (width - len(first) - len(kept))]
            blank[row] = [*[False] * len(first), *blank[row, kept], *[False] * (width - len(first) - len(kept))]
        alone = by == BY_PERSON
        if override is not None and alone.any():
            named[alone] = NONE
            named[alone, 0] = codes.index(override.code)
        return named, weights, blank


def explainer(model: Model, reference: Columns, spec: ModelSpec) -> Explainer:
    """Make *model* ready to give the reasons of decisions, against the reference point that *spec* declares.

    Raises:
        ModelError: the reference point does not exist: no row has a score, or none is approved.
    """
    deciding = Deciding.of(model, spec)
    declared = spec.reasons or Declared()
    reading = additive(deciding, reference)
    rows = references.reference_rows(deciding, reference, declared.against, reading)
    catalogue = Catalogue(drivers(model.features, spec), declared)
    against = references.SAID[declared.against]
    if reading is not None:
        expected = reading.parts(rows).mean(axis=0)
        return Explainer(
            deciding, catalogue, spec, rows, reading, expected, sampled=False,
            method=f"parts of an additive model, against {against}",
        )  # fmt: skip
    found = attribute(model, picked(rows, slice(1)) if model.explain is None else rows, rows, samples=SAMPLES)
    # A method that takes no background explains against the training data; the difference is the reference's own.
    own = found.background == 0
    expected = deciding.sign * found.values.mean(axis=0) if own else np.zeros(len(model.features))
    used = rows if own else picked(rows, slice(found.background))
    return Explainer(
        deciding, catalogue, spec, used, None, expected, sampled=found.error is not None,
        method=f"{found.method}, against {against}",
        absent=Background.of(model, used) if model.explain is None else None,
    )  # fmt: skip


def principal_reasons(
    model: Model, reference: Columns, columns: Columns, spec: ModelSpec, *, every: bool = False
) -> Reasons:
    """Return the reasons of the decisions on *columns*; for many calls make an ``explainer`` once and ask that."""
    return explainer(model, reference, spec).reasons(columns, every=every)
