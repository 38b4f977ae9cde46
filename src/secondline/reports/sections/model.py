"""Sections 4 and 5: the model as its declaration describes it, and what depends on it."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.reports import words
from secondline.reports.blocks import Block, Cell, KeyFacts, Placeholder, Section, Table
from secondline.reports.view import View

ROLES = (
    "label",
    "weight",
    "time",
    "entity",
    "exposure",
    "grade",
    "previous_grade",
    "challenger",
    "override",
    "observed_at",
)


def overview(view: View) -> Section:
    """Return section 4."""
    blocks: list[Block] = [_facts(view)]
    if view.spec.uses:
        blocks.append(_uses(view))
    blocks += [
        *([] if view.spec.genai else [_roles(view)]),
        Placeholder(
            "Describe the decision flow the score enters, its users, and the regulatory use if any.",
            "owner",
            "decision-flow",
        ),
        Placeholder("Describe the method, its history and the versions it replaces.", "developer", "method"),
        Placeholder(
            "Name upstream data and models it depends on, and downstream models that take its output.",
            "owner",
            "dependencies",
        ),
    ]
    return Section("model", "4", "Model overview", tuple(blocks))


def _facts(view: View) -> KeyFacts:
    spec, purpose = view.spec, view.spec.purpose
    decisions = f"{purpose.decisions_per_year:,} a year" if purpose and purpose.decisions_per_year else "not stated"
    relevant = "not stated" if purpose is None else "yes" if purpose.regime_relevant else "no"
    scored: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("Score", (f"{spec.score.column}, a {spec.score.kind}, {spec.score.direction.replace('-', ' ')}",)),
        ("Artefact", (spec.artefact.path if spec.artefact else f"none named in {view.declared_in}",)),
    )
    return KeyFacts(
        (
            ("Model", (f"{spec.title} ({spec.model})" if spec.title else spec.model,)),
            ("Version", (spec.version,)),
            ("Purpose", (purpose.kind if purpose else f"not stated in {view.declared_in}",)),
            ("Relevant to a regime", (relevant,)),
            ("Decisions", (decisions,)),
            *(() if spec.genai else scored),
        )
    )


def _uses(view: View) -> Table:
    rows = tuple(
        (Cell(use.id), Cell(use.population or "not stated"), Cell(use.decision or "not stated"))
        for use in view.spec.uses
    )
    caption = f"Uses stated in {view.declared_in}"
    return Table("t-uses", caption, ("Use", "Population", "Decision"), "lll", rows, (0.25, 0.4, 0.35))


def _roles(view: View) -> Table:
    columns = view.spec.columns
    named = [("score", view.spec.score.column), *((role.replace("_", "-"), getattr(columns, role)) for role in ROLES)]
    many = (("segments", columns.segments), ("protected", columns.protected), ("features", _features(view)))
    rows = [
        (role, value if isinstance(value, str) else words.listed(value)) for role, value in (*named, *many) if value
    ]
    cells = tuple((Cell(role), Cell(text)) for role, text in rows)
    return Table("t-roles", "What each column is", ("Role", "Column"), "ll", cells, (0.2, 0.8))


def _features(view: View) -> tuple[str, ...]:
    facts = view.facts.get(view.reference)
    return view.spec.columns.features or (facts.features if facts else ())


def materiality(view: View) -> Section:
    """Return section 5."""
    return Section("materiality", "5", "Materiality and rating", tuple(_materiality(view)))


def _materiality(view: View) -> Iterator[Block]:
    if view.spec.tier:
        yield words.text(
            f"{view.declared_in} states tier {view.spec.tier}. This run holds no exposure, purpose or inherent-risk "
            "score from which the tier could be recomputed, so it is taken as given."
        )
    else:
        yield words.text(
            f"{view.declared_in} states no tier, and this run holds nothing from which one could be computed."
        )
    yield Placeholder(
        "Challenge the developer's rating: exposure, purpose, complexity, data limits, autonomy. State the "
        "validator's own tier and why "
        "it agrees or differs.",
        id="tier",
    )
