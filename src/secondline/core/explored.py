"""Explored: what a first look at a population found, as plain values. It judges nothing and fixes no plan."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["number", "text", "boolean", "time", "other"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A count; ``error`` is its standard error, 0 where every row was counted."""

    value: float
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Bar:
    """The rows with a value in [low, high); None marks an open end."""

    low: float | None
    high: float | None
    rows: int


@dataclass(frozen=True, slots=True)
class Level:
    """One value of a category and its rows."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class Quantile:
    """One quantile with its interval: low and high are the value itself where it is exact."""

    p: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is known of the finite values of a column; times are seconds since 1970.

    ``low``, ``high``, ``mean``, ``sd`` (divided by n - 1) and the counts are over all rows, quantiles from the sample.
    ``below`` and ``above`` count values beyond Tukey's far fences, three quartile ranges outside the quartiles.
    """

    n: int
    low: float
    high: float
    mean: float | None
    sd: float | None
    zeros: int
    negatives: int
    below: int
    above: int
    fences: tuple[float, float] | None
    quantiles: tuple[Quantile, ...]

    def at(self, p: float) -> float | None:
        """Return one of the quantiles, None when it was not taken."""
        return next((q.value for q in self.quantiles if q.p == p), None)


@dataclass(frozen=True, slots=True)
class RateBar:
    """The event rate in one bin with its interval (None without labelled rows) and its weight of evidence."""

    label: str
    rows: int
    labelled: int
    events: int
    rate: float | None
    low: float
    high: float
    woe: float | None


@dataclass(frozen=True, slots=True)
class Signal:
    """One column against the label.

    ``iv`` is the information value, ``noise`` what it would be without any signal, ``corrected`` the one less the other
    with its interval; ``p`` tests no signal, ``p_adjusted`` after Holm over all columns. ``because`` says why there is
    no number.
    """

    bins: tuple[RateBar, ...]
    n: float = 0
    events: float = 0
    iv: float | None = None
    noise: float | None = None
    corrected: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    auc: float | None = None
    auc_low: float | None = None
    auc_high: float | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class ShareBar:
    """The share of rows in one bin, before and after."""

    label: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Shift:
    """How one column of another population differs from the first one's.

    ``psi`` with its interval, ``noise`` what it would be between samples of one population, ``p`` of no difference.
    """

    population: str
    bins: tuple[ShareBar, ...] = ()
    n: float = 0
    psi: float | None = None
    noise: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    missing: float = 0.0
    mean: float | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Counts are over all rows; ``skipped`` says why nothing more was asked of it."""

    name: str
    type: str
    kind: Kind
    rows: int
    missing: int
    role: str = ""
    nan: int = 0
    infinite: int = 0
    blank: int = 0
    distinct: Amount | None = None
    numbers: Numbers | None = None
    bars: tuple[Bar, ...] = ()
    levels: tuple[Level, ...] = ()
    others: int = 0
    """Rows whose level is not among ``levels``."""
    lengths: tuple[int, int] | None = None
    reads_as: str = ""
    """``numbers`` or ``dates`` when every sampled text of a text column can be read as one."""
    signal: Signal | None = None
    shifts: tuple[Shift, ...] = ()
    remarks: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def known(self) -> int:
        """Rows with a value that is neither missing nor NaN."""
        return self.rows - self.missing - self.nan

    @property
    def absent(self) -> float:
        """Share of the rows without a value: missing or NaN."""
        return (self.missing + self.nan) / self.rows if self.rows else 0.0

    @property
    def constant(self) -> bool:
        """Whether all known values are one and the same."""
        return self.known > 0 and self.distinct is not None and self.distinct.value == 1 and not self.distinct.error

    @property
    def unique(self) -> bool:
        """Whether every row has a value of its own, counted and not estimated."""
        exact = self.distinct is not None and not self.distinct.error
        return (
            exact
            and self.rows > 1
            and self.known == self.rows
            and bool(self.distinct and self.distinct.value == self.rows)
        )


@dataclass(frozen=True, slots=True)
class Pair:
    """The association of two columns over the ``n`` sampled rows where both are known.

    ``rank``: Spearman's rho in ``value`` with its interval and Pearson's r in ``linear``. ``levels``: Cramer's V,
    ``mixed``: the correlation ratio, both corrected for bias.
    """

    a: str
    b: str
    kind: str
    value: float
    n: int
    p: float
    low: float | None = None
    high: float | None = None
    linear: float | None = None


@dataclass(frozen=True, slots=True)
class SliceColumn:
    """One column in one slice: the share of rows without a value, and the mean with its interval."""

    absent: float
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0


@dataclass(frozen=True, slots=True)
class Slice:
    """One month or segment: its rows, its event rate with interval, and its columns."""

    name: str
    rows: int
    labelled: int = 0
    events: int = 0
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    columns: dict[str, SliceColumn] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Looked:
    """One population as a whole.

    ``sample`` rows gave quantiles and associations; ranks in it are off by ``rank_error`` at most (0.999).
    ``duplicates`` counts rows that repeat an earlier one in every column.
    """

    name: str
    source: str
    rows: int
    columns: int
    sample: int
    rank_error: float
    fingerprint: str = ""
    duplicates: Amount | None = None
    labelled: int = 0
    events: int = 0
    rate: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Exploration:
    """A first look: populations, columns of the first one, pairs of columns, and slices by time and by segment.

    ``roles`` names the column of each role, ``guessed`` the roles nobody named. ``step`` is the length of a period.
    """

    populations: tuple[Looked, ...]
    columns: tuple[Column, ...]
    pairs: tuple[Pair, ...] = ()
    roles: dict[str, str] = field(default_factory=dict)
    guessed: tuple[str, ...] = ()
    event: str = "1"
    step: str = ""
    periods: tuple[Slice, ...] = ()
    segments: tuple[Slice, ...] = ()
    notes: tuple[str, ...] = ()
    version: str = ""

    @property
    def first(self) -> Looked:
        """The population looked at; the others are compared with it."""
        return self.populations[0]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)
