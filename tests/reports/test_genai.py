"""The report of a generative system says what was asked of what, how it answered, and quotes failures as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from secondline.core.check import CHECKS
from secondline.core.errors import Refused
from secondline.core.evidence import Run
from secondline.ledger.store import Ledger
from secondline.policy.findings import OF_CHECK
from secondline.reports import html
from secondline.reports.blocks import Block, Bullets, Chart, Draft, Figure, Paragraph, Placeholder, Section, Table
from secondline.reports.charts import to_svg
from secondline.reports.draft import draft
from secondline.reports.layout import walk
from secondline.reports.sections.asks import GENERATIVE
from secondline.reports.words import plain
from secondline.workflow.replicate import replicate
from secondline.workflow.result import Validation
from secondline.workflow.witnessing import witness_of
from witnessed import HOSTILE, ran


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """Validate the small study once."""
    return ran(tmp_path_factory.mktemp("assistant"))


@pytest.fixture(scope="module")
def written(made: tuple[Run, Path]) -> Draft:
    """The report of it, with answers at hand."""
    run, store = made
    return draft(run, witness=witness_of(store, run))


def section(of: Draft, id_: str) -> Section:
    """Return a section by its id."""
    return next(s for _, s in walk(of.sections) if s.id == id_)


def texts(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Yield all words of blocks."""
    for block in blocks:
        if isinstance(block, Table):
            yield from (cell.text for row in block.rows for cell in row)
        elif isinstance(block, Paragraph):
            yield "".join(plain(span) for span in block.spans)
        elif isinstance(block, Bullets):
            yield from ("".join(plain(span) for span in item) for item in block.items)


def said(of: Draft, id_: str) -> str:
    """Return the words of a section."""
    return "\n".join(texts(section(of, id_).blocks))


def test_section_nine_is_about_answers(written: Draft) -> None:
    """It has the eleven parts of a generative system and none about scores."""
    parts = [s.id.removeprefix("outcomes-") for s in section(written, "outcomes").sections]
    assert parts == ["system", "suites", "results", "attacks", "judges", "fairness", "consistency", "drift",
                     "oversight", "risks", "quoted"]  # fmt: skip


def test_the_system_is_named_with_its_parts(written: Draft) -> None:
    """Components are told with version and digest, and what is not pinned is pointed at."""
    words = said(written, "outcomes-system")
    assert "Not pinned, so that the system may change unseen: guide" in words
    table = next(b for b in section(written, "outcomes-system").blocks if isinstance(b, Table))
    assert [row[1].text for row in table.rows] == ["scripted", "guide"]
    assert all(len(row[4].text) == 12 for row in table.rows)
    assert table.rows[1][5].tone == "unsure"


def test_results_are_by_suite_and_criterion(written: Draft) -> None:
    """Each pass rate stands with interval, sample and clusters; the chart says the same in words."""
    blocks = section(written, "outcomes-results").blocks
    table = next(b for b in blocks if isinstance(b, Table) and b.id == "t-genai-results")
    by = {(row[0].text, row[1].text): row for row in table.rows}
    right = by["questions", "correct"]
    assert right[3].text.startswith("0.750 [")
    assert right[4].text == "20 / 10"
    assert by["questions", "faithful"][2].text == "judge faithful"
    chart = next(b for b in blocks if isinstance(b, Chart))
    assert "criteria of suites" in chart.alt
    assert "questions, correct" in to_svg(chart.spec)


def test_attacks_are_told_by_family_with_bounds(written: Draft) -> None:
    """Harm rates, the family that got through, and over-refusal on twins are there."""
    words = said(written, "outcomes-attacks")
    assert "family-0" in words
    assert "family-1" not in words
    tables = {b.id: b for b in section(written, "outcomes-attacks").blocks if isinstance(b, Table)}
    harm = next(row for row in tables["t-genai-harms"].rows if row[1].text == "resists")
    assert (harm[3].text, harm[4].text, harm[5].text) == ("10", "1", "2")
    refused = next(row for row in tables["t-genai-refused"].rows if row[1].text == "refuses")
    assert refused[2].text.startswith("0.1")


def test_a_judge_is_shown_beside_people(written: Draft) -> None:
    """The naive rate, the one of people alone and the corrected one stand side by side."""
    tables = {b.id: b for b in section(written, "outcomes-judges").blocks if isinstance(b, Table)}
    row = tables["t-genai-corrected"].rows[0]
    assert row[1].text.startswith("0.750 [")
    assert row[2].text.startswith("0.500 [")
    assert row[4].text == "10"
    assert tables["t-genai-cards"].rows[0][1].text == "10"


def test_an_assistant_is_not_told_of_a_model_yaml(written: Draft) -> None:
    """Nothing speaks of model.yaml, an artefact to open or a score; what a person is to write is about answers."""
    words = f"{written.cover} {written.sections}"
    for foreign in ("model.yaml", "artefact to open", "the score enters", "variables and whether"):
        assert foreign not in words
    assert "1 (as stated" not in words
    assert ("Tier", ("2 (as stated in assistant.yaml)",)) in written.cover.items
    asks = {b.id: b.ask for _, s in walk(written.sections) for b in s.blocks if isinstance(b, Placeholder)}
    assert set(GENERATIVE) <= set(asks), "a placeholder was renamed, so that its words are those for a score again"
    assert asks["method"] == GENERATIVE["method"]


def test_what_flips_and_what_is_watched_is_told(written: Draft) -> None:
    """The share of cases with both outcomes stands beside their agreement, and limits make a monitoring plan."""
    tables = {b.id: b for _, s in walk(written.sections) for b in s.blocks if isinstance(b, Table)}
    assert all(row[4].text.endswith("%") for row in tables["t-genai-repeated"].rows)
    assert any(row[0].text == "Injected instructions are not followed" for row in tables["t-monitoring"].rows)
    assert [row[0].text for row in tables["t-populations"].rows] == ["questions", "attacks"]


def test_one_question_is_not_said_in_every_row(written: Draft) -> None:
    """A table about one question names it once, below, and has a row for each suite."""
    table = next(b for b in section(written, "outcomes-suites").blocks if isinstance(b, Table) and "size" in b.id)
    assert table.head[0] == "Suite and criterion"
    assert table.note.startswith("There are enough cases, clusters and labels.")


def test_risks_that_nobody_answered_are_shown(written: Draft) -> None:
    """All twelve risks are listed: answered, applying without a check, or not answered at all."""
    table = next(b for b in section(written, "outcomes-risks").blocks if isinstance(b, Table))
    stands = {row[0].text: (row[1].text, row[3].text) for row in table.rows}
    assert len(stands) == 12
    assert stands["cbrn"][0] == "not answered"
    assert stands["value-chain"] == ("applies", "no check looks at it")
    assert stands["confabulation"] == ("applies", "2 inconclusive")


def test_quoted_answers_are_text_and_never_markup(written: Draft) -> None:
    """What the system wrote is shown as it is and cannot act in the page."""
    assert HOSTILE in said(written, "outcomes-quoted")
    page = html.render(written)
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_report_without_answers_says_so(made: tuple[Run, Path]) -> None:
    """Written from the run alone, nothing is quoted and the parts have no digest; all numbers are there."""
    alone = draft(made[0])
    assert "No failed answer is quoted" in said(alone, "outcomes-quoted")
    assert "0.750" in said(alone, "outcomes-results")


def test_the_recorded_run_gives_the_same_report(made: tuple[Run, Path], written: Draft) -> None:
    """Read back from the ledger, the run gives the same words in the same order."""
    run, store = made
    again = Ledger.open(store).run(run.id)
    assert draft(again, witness=witness_of(store, again)).sections == written.sections


def test_reports_written_by_hand_and_by_command_quote(made: tuple[Run, Path], tmp_path: Path) -> None:
    """The file that a validation writes holds the quotations, in every format."""
    run, store = made
    page, *others = Validation(run, store).report(*(tmp_path / f"report.{f}" for f in ("html", "docx", "pdf")))
    assert "OPENED as you wish." in page.read_text()
    assert all(path.stat().st_size > 10_000 for path in others)


def test_a_recorded_run_is_replicated(made: tuple[Run, Path]) -> None:
    """Read back from the ledger, its answers are graded anew and every number agrees; without leave no code runs."""
    run, store = made
    again = Ledger.open(store).run(run.id)
    assert again.plan.spec.reference_name == run.plan.spec.reference_name == "questions"
    found = replicate(again, store.parent, code=True, answers=store)
    assert found.agrees, found.differences[:3]
    with pytest.raises(Refused, match="--allow-code"):
        replicate(again, store.parent, answers=store)


def test_advice_is_about_what_is_to_be_mended(made: tuple[Run, Path]) -> None:
    """Too few cases and unanswered risks are not mended by another prompt; what the system did is."""
    said = {finding.code: finding.recommendation for finding in made[0].findings}
    assert "Add cases" in said["genai.sample_size"]
    assert "twelve risks" in said["genai.risks"]
    assert len(set(said.values())) > 2
    assert set(OF_CHECK) <= set(CHECKS)


def test_no_number_is_a_sentence(made: tuple[Run, Path]) -> None:
    """Figures do not break across lines, so none may hold a judge's whole reason, however long it is."""
    run = made[0]
    judged = next(e for e in run.evidence if e.code == "genai.judge_validity" and e.outcome.estimate)
    estimate = judged.outcome.estimate
    assert estimate is not None
    unfit = estimate.model_copy(update={"detail": estimate.detail | {"eligible": False, "because": "errors " * 30}})
    other = judged.model_copy(update={"outcome": judged.outcome.model_copy(update={"estimate": unfit})})
    changed = run.model_copy(update={"evidence": tuple(other if e.id == judged.id else e for e in run.evidence)})
    bullets = next(b for b in section(draft(changed), "outcomes-judges").blocks if isinstance(b, Bullets))
    spans = [span for item in bullets.items for span in item]
    assert any(isinstance(span, str) and "errors errors" in span for span in spans)
    assert all(len(span.text) < 40 for span in spans if isinstance(span, Figure))
