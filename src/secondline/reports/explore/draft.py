"""Draft: the page as a value, written from an exploration alone."""

from __future__ import annotations

from secondline.core.explored import Exploration
from secondline.reports.blocks import Paragraph
from secondline.reports.explore.parts import Chapter, Page
from secondline.reports.explore.sections import columns, drift, overview, related, slices, target

NOTICE = (
    "An exploration, not a validation: it fixes no plan, sets no limit and judges nothing. What you decide after "
    "seeing it is decided after seeing the data."
)
METHOD: tuple[str, ...] = (
    (
        "Counts, ranges, means, standard deviations, zeros, outliers, histograms, levels, rates and slices are counted "
        "over all rows by the engine. A mean or a range is over finite values: missing, NaN and infinite values are "
        "counted apart."
    ),
    (
        "Quantiles are of the sample where there are more rows than it holds; their intervals are order statistics "
        "that assume no distribution. Quantile bins, and which levels are listed, are chosen from the sample and then "
        "counted over all rows."
    ),
    (
        "Distinct values are counted exactly up to about 65,000 and beyond that by a sketch of hashes whose error is "
        "stated. Rows repeat an earlier one when they agree in every column, by a hash of 63 bits."
    ),
    (
        "Far fences stand three quartile ranges outside the quartiles (Tukey). Rates have Wilson's interval, PSI and "
        "information value are set against what noise alone would give, p-values are adjusted by Holm within a table."
    ),
)


def draft(found: Exploration) -> Page:
    """Return the page of *found*."""
    written = (
        overview.section(found),
        target.section(found),
        slices.over_time(found),
        drift.section(found),
        slices.by_segment(found),
        related.section(found),
    )
    chapters = [chapter for chapter in written if chapter is not None]
    return Page(
        title=found.first.name,
        subtitle=f"First look at {found.first.source}",
        notice=NOTICE,
        facts=overview.facts(found),
        chapters=(*chapters, *columns.sections(found), _method(found)),
        foot=_foot(found),
    )


def _foot(found: Exploration) -> str:
    prints = [f"{p.name} {p.fingerprint}" for p in found.populations if p.fingerprint]
    said = f" Fingerprint of the rows: {'; '.join(prints)}." if prints else ""
    return f"Written by secondline {found.version}.{said}"


def _method(found: Exploration) -> Chapter:
    first = found.first
    texts = list(METHOD)
    if first.rank_error:
        texts.append(
            f"The sample has {first.sample:,} rows, those of smallest hash: the same rows give the same sample in any "
            f"order. A rank read from it is off by {100 * first.rank_error:.2f} points of a hundred at most, 999 times "
            f"in 1,000."
        )
    return Chapter("method", "How these numbers were made", tuple(Paragraph((text,)) for text in texts))
