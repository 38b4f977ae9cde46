"""Section 11: what moves the score, and whether the reasons given for decisions are true."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.evidence import Evidence
from secondline.core.format import number
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Placeholder, Ref, Section, Table
from secondline.reports.pictures import explanation as pictures
from secondline.reports.sections import reasons
from secondline.reports.view import View, detail, estimate_of

WHOLE = (
    "explanation.fidelity",
    "explanation.stability",
    "explanation.background",
    "explanation.agreement",
    "explanation.surrogate",
    "explanation.interactions",
)
ASKED = ("explanation.direction", "soundness.monotone")
MISSING = "Not evidenced: the artefact was not asked what its inputs do. Needed: the artefact."
PATHS = (
    " Contributions are path-dependent: an absent input follows the training rows down both branches of a split. They "
    "need no background, and can credit an input that no score depends on where it is correlated with one that matters."
)
AGAINST = " An absent input takes its values from the background rows, whatever the other inputs are (interventional)."


def section(view: View) -> Section:
    """Return section 11."""
    blocks = (
        Placeholder(
            "Assess whether the model can be explained to the degree its use requires, and whether reason codes are "
            "true.",
            id="explainability",
        ),
    )
    if view.spec.genai:
        pointed = words.text("Whether answers rest on the passages they cite is in ", Ref("outcomes-results"), ".")
        return Section("explainability", "11", "Explainability and reason codes", (pointed, *blocks))
    scores = Section("explained", "11.1", "What moves the score", tuple(_blocks(view)))
    return Section(
        "explainability", "11", "Explainability and reason codes", blocks, (scores, reasons.section(view, "11.2"))
    )


def _blocks(view: View) -> Iterator[Block]:
    yield from tables.answered(view, WHOLE, "explainability", "Are the explanations themselves sound?", MISSING)
    yield from _method(view)
    yield from filter(None, (pictures.strengths(view), pictures.spread(view), _inputs(view)))
    yield from pictures.effects(view)
    if pictures.strongest(view):
        yield words.text(
            "Curves are accumulated local effects with intervals over rows (solid) and partial dependence (dashed), "
            "centred on their mean over the rows. Where the two part, inputs are correlated, and partial dependence "
            "asks the model about rows that do not occur. Marks along the axis are twentieths of the rows, and an axis "
            "with a long tail is logarithmic.",
            style="note",
        )
    yield from filter(None, (_interactions(view),))
    for code in ASKED:
        if any(e.outcome.estimate for e in view.answers(code)) and (table := tables.levels(view, code, f"t-{code}")):
            yield table


def _method(view: View) -> Iterator[Block]:
    """Say by which method, on which scale and against which rows scores were explained."""
    first = next(iter(pictures.strongest(view)), None)
    if first is None:
        return
    found, estimate = detail(first), estimate_of(first)
    background = found.get("background rows", 0)
    against = f", against {background:,} background rows" if background else ""
    yield words.text(
        f"Scores of {estimate.n:,.0f} rows of {view.latest} are split into contributions of their inputs in "
        f"{found.get('scale')} ({found.get('attribution')}{against})." + (AGAINST if background else PATHS)
    )
    for evidence in view.answers("explanation.agreement", view.latest):
        idle = detail(evidence).get("credited and unused", ())
        if idle:
            yield words.text(f"Credited although permuting it changes no score: {words.listed(idle, 8)}.")


def _inputs(view: View) -> Table | None:
    """Return one row an input: what it contributes, how far it moves the score, what ranking is lost without it."""
    found = pictures.strongest(view)
    if not found:
        return None
    moved = {e.subject.column: e for e in view.answers(pictures.EFFECT, view.latest)}
    lost = {e.subject.column: e for e in view.answers("soundness.importance", view.latest)}
    rows = []
    for evidence in found:
        column = evidence.subject.column
        rows.append(
            (
                Cell(column or "", evidence.id),
                tables.measured(evidence),
                Cell(words.percent(float(detail(evidence).get("share", 0.0)))),
                Cell(pictures.way(evidence).removeprefix("risk ")),
                tables.measured(moved[column]) if column in moved else Cell(""),
                _bare(lost.get(column)),
            )
        )
    head = ("Input", "Mean |contribution|", "Share", "Risk", "Effect, lowest to highest", "AUC lost")
    widths = (0.22, 0.24, 0.08, 0.12, 0.24, 0.1)
    note = "Intervals hold for all inputs at once. AUC lost: the input is permuted over the rows."
    return Table(
        "t-inputs", f"The inputs, strongest first, {view.latest}", head, "lrrlrr", tuple(rows), widths,
        folded=len(rows) > tables.LONG, note=note,
    )  # fmt: skip


def _bare(evidence: Evidence | None) -> Cell:
    """Return a number without its interval, which its record has."""
    if evidence is None or evidence.outcome.estimate is None:
        return Cell("")
    return Cell(number(evidence.outcome.estimate.value), evidence.id)


def _interactions(view: View) -> Table | None:
    evidence, pairs = pictures.pairs(view)
    if evidence is None or not pairs:
        return None
    rows = tuple(
        (
            Cell(" x ".join(pair["pair"]), evidence.id),
            Cell(number(pair["size"])),
            Cell(number(pair["h"])),
            Cell(f"[{number(pair['low'])}, {number(pair['high'])}]"),
            Cell(number(pair["floor"])),
            Cell("not told from noise" if pair["noise"] else "acts together", tone="muted" if pair["noise"] else ""),
        )
        for pair in pairs
    )
    note = (
        "Size is the spread of what the pair does beyond its parts, on the scale of the score; H compares it with what "
        "the pair does in all. The floor is H of noise alone. Intervals hold for all pairs at once."
    )
    head = ("Pair", "Size", "H", "Interval", "Floor", "Reading")
    return Table(
        "t-interactions", f"Inputs that act together, {view.latest}", head, "lrrlrl", rows,
        (0.34, 0.1, 0.1, 0.18, 0.1, 0.18), folded=len(rows) > tables.LONG, note=note,
    )  # fmt: skip
