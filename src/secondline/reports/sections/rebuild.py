"""Part of section 8: the model built again from its snapshot, and what its documentation claims of the artefact."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.evidence import Evidence
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Section, Table
from secondline.reports.pictures.refit import agreement
from secondline.reports.view import View, detail

REBUILT = ("soundness.reproduce", "soundness.reproduce_auc")
TONES = {"holds": "passed", "does not hold": "failed"}
CLAIMS = "soundness.claims"


def section(view: View, number_: str) -> Section:
    """Return the part on building the model again."""
    return Section("rebuild", number_, "The model built again", tuple(_rebuilt(view)))


def _rebuilt(view: View) -> Iterator[Block]:
    plan = view.spec.reproduce
    if plan is None:
        yield words.text(
            "Not evidenced: model.yaml does not say under `reproduce` how the model was built, so that nobody can "
            "build it again from it."
        )
        return
    data = words.listed([f"{pinned.path} (SHA-256 {pinned.sha256[:12]})" for pinned in plan.snapshot])
    seed = "no seed" if plan.seed is None else f"seed {plan.seed}"
    yield words.text(f"Declared: `{' '.join(plan.command)}`, on {data}, with {seed}.")
    missing = f"Not evidenced.{''.join(words.why_not(view, REBUILT[:1])[:1])}"
    yield from tables.answered(view, REBUILT, "rebuild", "The model built again beside the champion", missing)
    evidence = view.first(REBUILT[0], view.latest)
    if evidence:
        yield words.text(*_said(evidence))
    if (table := _versions(evidence)) is not None:
        yield table
    if (chart := agreement(view)) is not None:
        yield chart


def _said(evidence: Evidence) -> Iterator[str]:
    found = detail(evidence)
    if found.get("identical files") is not None:
        same = "the same to the last byte" if found["identical files"] else "not identical"
        yield f"The two model files are {same}. "
    gap = found["largest difference"]
    yield "Every score is the same. " if not gap else f"The largest difference of a score is {gap:.2g}. "
    if "decisions changed" in found:
        yield f"Decisions changed: {found['decisions changed']:,.0f}. "
    if found.get("pins"):
        yield f"The lock pins {words.count(found['pins'], 'package')}; "
        yield found.get("why not compared") or (
            f"{found['not installed']:,} are not installed, {len(found['other versions']):,} in another version."
        )
    else:
        yield "No lock of the environment is declared."


def _versions(evidence: Evidence | None) -> Table | None:
    other = detail(evidence).get("other versions") or {}
    rows = tuple((Cell(name), Cell(how)) for name, how in sorted(other.items()))
    caption = "Packages whose version is not that of the lock"
    return Table("t-versions", caption, ("Package", "Versions"), "ll", rows, (0.3, 0.7)) if rows else None


def claims(view: View) -> Iterator[Block]:
    """Yield the claims about the artefact itself, each with what was found; nothing where none was made."""
    evidence = view.first(CLAIMS)
    lines = detail(evidence).get("claims")
    if evidence is None or not lines:
        return
    rows = tuple(
        (Cell(line["claim"]), Cell(line["found"]),
         Cell(line["verdict"], evidence.id, words.TONE[TONES.get(line["verdict"], "inconclusive")]))
        for line in lines
    )  # fmt: skip
    head = ("Claim", "The artefact", "Verdict")
    yield Table("t-artefact-claims", "Claims and what the artefact says", head, "lll", rows, (0.4, 0.4, 0.2))
