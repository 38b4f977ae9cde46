"""A small draft with every kind of block, and one whose every text tries to break out of the page."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from secondline.reports.blocks import (
    Bullets,
    Cell,
    Chart,
    Draft,
    EvidenceNote,
    Figure,
    FindingCard,
    KeyFacts,
    Paragraph,
    Placeholder,
    Ref,
    Section,
    Strong,
    Table,
)

BANDS = [
    (0.012, 0.011, 0.009, 0.013),
    (0.041, 0.043, 0.038, 0.048),
    (0.094, 0.121, 0.112, 0.131),
    (0.21, 0.2, 0.18, 0.22),
]
SPEC = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "width": 560,
    "height": 220,
    "data": {"values": [{"p": p, "o": o, "low": low, "high": high} for p, o, low, high in BANDS]},
    "layer": [
        {
            "mark": "rule",
            "encoding": {
                "x": {"field": "p", "type": "quantitative", "title": "Predicted PD"},
                "y": {"field": "low", "type": "quantitative", "title": "Observed default rate"},
                "y2": {"field": "high"},
            },
        },
        {
            "mark": {"type": "point", "filled": True},
            "encoding": {"x": {"field": "p", "type": "quantitative"}, "y": {"field": "o", "type": "quantitative"}},
        },
    ],
}
CHART = Chart(
    "chart-calibration", "Predicted against observed by band", SPEC, "Band 3 defaults more often than predicted."
)
HALF = replace(CHART, id="chart-half", caption="The same, small", width="half")
SQL = 'SELECT\n  "pd",\n  COUNT(*) AS rows,\n  SUM("default_12m") AS event_rows\nFROM "current"\nGROUP BY 1'


def _table() -> Table:
    outcomes = (("passed", "good"), ("failed", "bad"), ("inconclusive", "unsure"), ("not applicable", "muted"))
    rows = tuple(
        (
            Cell(f"Grade {i + 1}"),
            Cell(f"{1_200 - 17 * i:,}"),
            Cell(f"{0.4 + 0.9 * i:.1f} %", evidence="E-2"),
            Cell(f"{0.5 + 0.85 * i:.1f} %", evidence="E-2"),
            Cell(outcomes[i % 4][0], tone=outcomes[i % 4][1]),  # type: ignore[arg-type] # the literals are above
        )
        for i in range(60)
    )
    head = ("Grade", "Rows", "Predicted", "Observed", "Outcome")
    return Table("table-grades", "Calibration by grade", head, "lrrrl", rows, note="Jeffreys intervals at 95 %.")


def _wide() -> Table:
    head = tuple(f"Population measure {i}" for i in range(1, 15))
    rows = tuple(tuple(Cell(f"{1_000_000 + i * j:,}") for j in range(14)) for i in range(8))
    return Table("table-wide", "Every measure of every population", head, "l" + "r" * 13, rows)


def _findings() -> Section:
    card = FindingCard(
        "F-1",
        "major",
        (
            "PD understated in EDUCATION = 4: ",
            Figure("7.1 %", "E-2"),
            " predicted, ",
            Figure("9.8 %", "E-2"),
            " observed.",
        ),
        "Losses of the segment understated by 27 %.",
        "card-models",
        "2026-10-31",
        ("E-1", "E-2"),
        "Recalibrate the segment.",
    )
    low = replace(card, id="F-2", severity="low", recommendation="", evidence=())
    return Section("findings", "2", "Findings", (card, replace(low, severity="critical", id="F-3"), low))


def sample_draft() -> Draft:
    """Return the small draft."""
    lead = ("The model separates well: AUC ", Figure("0.782", "E-1"), ". ", Strong("One segment is understated"), ".")
    refs = (
        "See ",
        Ref("table-grades"),
        ", ",
        Ref("chart-calibration"),
        ", ",
        Ref("bands"),
        " and ",
        Ref("nowhere"),
        ".",
    )
    summary = Section(
        "summary",
        "1",
        "Executive summary",
        (
            KeyFacts((("AUC", (Figure("0.782", "E-1"),)), ("Events", ("1,991",)), ("Opinion", ("2 of 4",)))),
            Paragraph(lead, "lead"),
            Paragraph(refs),
            Bullets((("First limitation",), ("Second, with ", Figure("0.41", "E-1")))),
            Placeholder("State whether the intended use has changed since the last validation.", id="use-changed"),
            CHART,
            Paragraph(("A note in small type.",), "note"),
        ),
        (
            Section(
                "bands", "1.1", "By band", (_table(), HALF), (Section("deep", "1.1.1", "Deeper still", (_wide(),)),)
            ),
        ),
    )
    late = Section("appendix", "19", "Appendices", (KeyFacts((("Engine and its version", ("duckdb",)),)),))
    notes = tuple(
        EvidenceNote(
            f"E-{i}",
            title,
            value,
            "[0.771, 0.793]",
            outcome,
            "",
            "at least 0.7",
            (("Method", "DeLong"), ("n", "9,000")),
            (("Q-1", SQL),),
        )
        for i, (title, value, outcome) in enumerate(
            (("The score ranks risk", "0.782", "passed"), ("The PD is not understated", "0.071", "failed")), 1
        )
    )
    return Draft(
        "Retail cards application PD",
        "Periodic validation report",
        KeyFacts(
            (
                ("Model", ("retail-pd 2.3.0",)),
                ("Opinion", (Strong("2 of 4"), ", proposed")),
                ("Cut-off", ("2026-07-31",)),
            )
        ),
        (summary, _findings(), late),
        notes,
        watermark="Proposed",
        digest="7f3a9c" + "0" * 58,
        meta={
            "model": "retail-pd",
            "version": "2.3.0",
            "created": "2026-08-01T10:02:14Z",
            "keywords": "PD, validation",
        },
    )


HOSTILE = (
    '#eval("1+1") $x^2$ @ref <lab> *b* _i_ \\ `r` </script> &amp; {{7}} \u202eevil\u202c 你好 😀 שלום \x07\ufffe '
    + "W" * 300
)


def hostile_draft(text: str = HOSTILE) -> Draft:
    """Return the small draft with *text* in every string that a person or a data set could have written."""
    spoilt: Draft = _spoil(sample_draft(), text)
    return spoilt


KEEP = {
    "number",
    "align",
    "style",
    "tone",
    "severity",
    "width",
    "language",
    "meta",
    "spec",
    "widths",
    "folded",
    "digest",
}


def _spoil(value: Any, text: str) -> Any:
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(_spoil(part, text) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        named = {f.name: getattr(value, f.name) for f in fields(value) if f.name not in KEEP}
        return replace(value, **{name: _spoil(part, text) for name, part in named.items()})
    return value
