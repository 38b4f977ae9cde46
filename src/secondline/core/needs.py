"""Needs: declarations of sufficient statistics. They say what, and `frames` decides how.

A need is a frozen value. Fields left None are filled from the question being asked: ``column`` from its column and
``by`` from its segment. ``of`` says whether the statistic is wanted of the population in question or of its
reference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from secondline.core.subject import Subject

Side = Literal["current", "reference"]
# Tokens that stand for a column where a need names one.
BAND = "@band"  # the grade column when model.yaml names one, else score bands cut at the reference's deciles
PERIOD = "@period"  # the calendar month of the time column, such as 2026-03
GRADE = "@grade"
PREVIOUS_GRADE = "@previous-grade"
CHALLENGER = "@challenger"
SCORE = "@score"  # the score, turned so that higher is riskier
POINT_IN_TIME = "@point-in-time"  # the rule: observed-at is not after time


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The base of all needs."""

    of: Side = "current"

    def bind(self, subject: Subject) -> Need:  # noqa: ARG002 - needs that the question does not change ignore it
        """Fill what the question decides."""
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores(Need):
    """A ScoreTable of ``score`` (role "score" or another column), whole or for one level of ``by``."""

    score: str | None = None
    by: str | None = None
    level: str | None = None

    def bind(self, subject: Subject) -> Need:
        """Take the segment and level of the question."""
        return replace(self, by=self.by or subject.segment, level=self.level or subject.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram(Need):
    """A Histogram of one column by the reference's bins, split by outcome."""

    column: str | None = None

    def bind(self, subject: Subject) -> Need:
        """Take the column of the question."""
        return replace(self, column=self.column or subject.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups(Need):
    """A GroupTable by ``by``: a column, BAND (score bands cut on the reference) or PERIOD (calendar month)."""

    by: str | None = None
    score: str | None = None

    def bind(self, subject: Subject) -> Need:
        """Take the segment of the question; without one, all rows form one level named ``all``."""
        return replace(self, by=self.by or subject.segment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cross(Need):
    """A CrossTable of two columns; ``rows`` and ``columns`` may be BAND or PERIOD."""

    rows: str
    columns: str | None = None

    def bind(self, subject: Subject) -> Need:
        """Take the segment of the question as the second column."""
        return replace(self, columns=self.columns or subject.segment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys(Need):
    """KeyCounts of the entity key (or the columns given)."""

    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap(Need):
    """KeyCounts of keys of this population that the reference also has."""

    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Times(Need):
    """FirstLast of a time column (role "time" unless named)."""

    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violations(Need):
    """Rows that break the rule named by the question's ``column`` (a row expression from model.yaml).

    A GroupTable whose levels are ``broken``, ``kept`` and ``unknown`` (nulls keep the rule from being judged).
    """

    rule: str | None = None

    def bind(self, subject: Subject) -> Need:
        """Take the rule of the question."""
        return replace(self, rule=self.rule or subject.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Need):
    """The bottom-k Sample of rows (every row of a small population).

    Features appear under their names; roles as ``@score`` (higher is riskier), ``@label``, ``@weight`` (1 when
    unweighted), and where named ``@challenger``, ``@override``, ``@exposure``, ``@time`` and ``@observed-at``
    (seconds since 1970). Numbers are float64 with NaN for null; text columns are object arrays of str or None.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Need):
    """The name of the question's column, for a measure that looks it up in a Sample."""

    column: str | None = None

    def bind(self, subject: Subject) -> Need:
        """Take the column of the question."""
        return replace(self, column=self.column or subject.column)


Entity = Literal["account", "customer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts(Need):
    """AccountSums: what each account (or customer) of a fraud study did, in sums."""

    entity: Entity = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases(Need):
    """Cases: the transactions that are fraud, alerted, declined or caught by a rule, one by one."""

    entity: Entity = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating(Need):
    """An OperatingTable: transactions, frauds and their money by score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeMonths(Need):
    """A SchemeTable: what the card scheme counts, by calendar month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded(Need):
    """Graded answers of one criterion of a suite of a generative system; ``criterion`` "" asks for those of all."""

    criterion: str | None = None

    def bind(self, subject: Subject) -> Need:
        """Take the criterion of the question, which stands where others have a column."""
        return self if self.criterion is not None else replace(self, criterion=subject.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlations(Need):
    """CoMoments of the numeric features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Need):
    """The opened artefact, which scores columns; ``requires=("artefact",)`` belongs to a check that needs it.

    An ``optional`` one is Undefined where model.yaml names no artefact to open; it belongs to derivations, which
    may do without.
    """

    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(Need):
    """How to build the model again, or Undefined with how to allow it; ``requires=("reproduce",)`` goes with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made(Need):
    """The record of a derivation (``core.derive``), made once for a population, or for each column of it."""

    name: str
    by_column: bool = False
    column: str | None = None

    def bind(self, subject: Subject) -> Need:
        """Take the column of the question where the record depends on it."""
        return replace(self, column=self.column or subject.column) if self.by_column else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(Need):
    """What is known of the population without statistics: ``PopulationFacts`` (schema, rows, roles, fingerprint)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec(Need):
    """The ModelSpec itself, for claims and declarations that are held against the facts."""
