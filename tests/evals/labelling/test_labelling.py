"""Labelling: plans with recorded chances, blinded sheets and back, adjudication, suggestions."""

from __future__ import annotations

import csv
import io
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders import answer, asked, graded_rows, label
from secondline.core.declared.genai import Criterion
from secondline.core.errors import DataError, SpecError
from secondline.evals.grading.table import Row, graded, rows
from secondline.evals.labelling import (
    COLUMNS,
    Plan,
    blinded,
    combined,
    disputed,
    planned,
    read,
    read_csv,
    settle,
    suggested,
    write_csv,
)
from secondline.evals.labelling.planning import chance_of
from secondline.evals.labelling.suggesting import inclusion, systematic
from secondline.evals.nouns import Grade, Judgement, Settled

RATERS = ("ann", "bob", "cid")


ROWS = graded_rows()
PLAN = planned(ROWS, 24, seed=3, raters=RATERS)


def filled(sheet: list[list[str]], verdict: str = "pass") -> list[list[str]]:
    at = COLUMNS.index("verdict")
    return [sheet[0], *([*row[:at], verdict, *row[at + 1 :]] for row in sheet[1:])]


def test_a_plan_looks_where_it_matters() -> None:
    """Verdicts share the labels, strata share within them; a task has its cell's chance; a quarter is doubled."""
    counts = Counter(t.outcome for t in PLAN.tasks)
    assert counts == {"fail": 9, "pass": 15}
    cells = {(c.outcome, c.stratum): c for c in PLAN.cells}
    assert sum(c.frame for c in PLAN.cells) == 60
    assert all(t.chance == cells[t.outcome, t.stratum].taken / cells[t.outcome, t.stratum].frame for t in PLAN.tasks)
    assert sum(1 / t.chance for t in PLAN.tasks) == pytest.approx(60)
    double = [t for t in PLAN.tasks if len(t.raters) == 2]
    assert 0.2 <= len(double) / 24 <= 0.3
    assert all(len(set(t.raters)) == 2 for t in double)
    work = Counter(r for t in PLAN.tasks for r in t.raters)
    assert max(work.values()) - min(work.values()) <= 4


def test_a_plan_is_made_by_its_seed_and_kept_as_json() -> None:
    """The same rows in any order and the same seed make the same plan; JSON brings it back; another seed another."""
    assert planned(ROWS[::-1], 24, seed=3, raters=RATERS).digest == PLAN.digest
    assert Plan.model_validate_json(PLAN.model_dump_json()) == PLAN
    assert planned(ROWS, 24, seed=4, raters=RATERS).digest != PLAN.digest


def test_failed_calls_are_not_labelled() -> None:
    """An answer that was never given, or whose grade is an error, is in no cell."""
    bad = Row(asked(id="x"), None, "", "helpful", "judge", Grade("error"))
    assert sum(c.frame for c in planned([*ROWS, bad], 24, seed=3, raters=RATERS).cells) == 60


@pytest.mark.parametrize(
    ("n", "raters", "double", "words"),
    [
        (61, RATERS, 0.25, "needs 8 to 60"),
        (3, RATERS, 0.25, "2 cells needs 4 to 60"),
        (24, (), 0.25, "needs raters"),
        (24, ("ann",), 0.25, "two raters"),
        (24, ("ann", "ann"), 0.25, "named once"),
        (24, RATERS, 1.5, "between 0 and 1"),
    ],
)
def test_impossible_plans_are_refused(n: int, raters: tuple[str, ...], double: float, words: str) -> None:
    """Too many, too few, nobody to label, nobody to label again."""
    with pytest.raises(SpecError, match=words):
        planned(ROWS, n, seed=3, raters=raters, double=double)


def test_sheets_are_blind() -> None:
    """A sheet holds a rater's tasks and nothing of verdict, judge, trace or case; no cell is a formula."""
    sheet = blinded(PLAN, "ann", ROWS, {"helpful": "Pass what helps."})
    assert sheet[0] == list(COLUMNS)
    assert len(sheet) == 1 + len(PLAN.of("ann"))
    text = write_csv(sheet)
    for row in ROWS:
        assert row.id not in text
    assert not any(word in text for word in ("judge", '"fail"', "chance", "severity"))
    assert all(cell[:1] not in "=+-@" or not cell for row in sheet for cell in row)
    assert "Pass what helps." in text
    orders = [[t.id for t in PLAN.of(r)] for r in RATERS]
    assert all(order != sorted(order) for order in orders)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_round_trip(separator: str) -> None:
    """What Excel saves (another separator, other line ends, trimmed cells, shuffled rows) comes back as labels."""
    sheet = blinded(PLAN, "ann", ROWS, {})
    back = [[cell.replace("\n", "\r\n").strip() for cell in row] for row in filled(sheet)]
    back[1:] = back[:0:-1]
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(back)
    labels = read(read_csv(("\ufeff" + out.getvalue()).encode()), PLAN, "ann")
    assert {x.task for x in labels} == {t.id for t in PLAN.of("ann")}
    assert all(x.verdict == "pass" and x.rater == "ann" for x in labels)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.sampled_from(["pass", "fail", "unsure", "1", "0", " PASS ", "Yes", "?"]),
)
def test_any_answer_survives_the_round_trip(text: str, verdict: str) -> None:
    """Whatever an answer holds (formulas, quotes, control and invisible letters), its sheet comes back unaltered."""
    made = graded_rows(4, 2, text)
    plan = planned(made, 4, seed=1, raters=("ann",), double=0)
    back = read_csv(write_csv(filled(blinded(plan, "ann", made, {}), verdict)).encode())
    labels = read(back, plan, "ann")
    assert len(labels) == 4
    assert len({x.verdict for x in labels}) == 1


def spoiled(change: str) -> list[list[str]]:
    sheet = filled(blinded(PLAN, "ann", ROWS, {}))
    names = {name: i for i, name in enumerate(COLUMNS)}
    if change == "unknown":
        sheet[2][0] = "nonsense"
    elif change == "other":
        sheet[2][0] = next(t.id for t in PLAN.tasks if "ann" not in t.raters)
    elif change == "altered":
        sheet[2][names["answer"]] += " truly"
    elif change == "swapped":
        sheet[2][0], sheet[3][0] = sheet[3][0], sheet[2][0]
    elif change == "twice":
        sheet.append(list(sheet[2]))
    elif change == "range":
        sheet[2][names["verdict"]] = "2"
    elif change == "column":
        sheet = [row[:-2] for row in sheet]
    elif change == "double":
        sheet = [[*row, row[0]] for row in sheet]
    elif change == "empty":
        sheet = []
    return sheet


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("unknown", "row 3: there is no task 'nonsense'"),
        ("other", "row 3: the task .* is another rater's"),
        ("altered", "row 3: what the task .* was altered"),
        ("swapped", "2 wrong rows"),
        ("twice", "is there twice"),
        ("range", "row 3: the verdict '2' is not pass, fail or unsure"),
        ("column", "lacks the column 'verdict'"),
        ("double", "a column twice"),
        ("empty", "lacks the column 'task'"),
    ],
)
def test_wrong_sheets_are_refused_whole(change: str, words: str) -> None:
    """Each mistake names its row, and not one label of the sheet is taken."""
    with pytest.raises(DataError, match=words):
        read(spoiled(change), PLAN, "ann")


def test_what_is_not_labelled_yet() -> None:
    """Rows without a verdict and empty rows are no labels; numbers and truth values of Excel are verdicts."""
    sheet: list[list[Any]] = [list(row) for row in filled(blinded(PLAN, "ann", ROWS, {}), "")]
    assert read(sheet, PLAN, "ann") == []
    at = COLUMNS.index("verdict")
    sheet[1][at], sheet[2][at], sheet[3][at] = 1, 0.0, True
    sheet.append([None] * len(COLUMNS))
    assert [x.verdict for x in read(sheet, PLAN, "ann")] == ["pass", "fail", "pass"]


def test_files_that_are_no_sheets() -> None:
    """Bytes of another encoding and broken quotes are said to be so; a rater without work has no sheet."""
    with pytest.raises(DataError, match="not UTF-8"):
        read_csv(b"task\xff")
    with pytest.raises(DataError, match="no CSV"):
        read_csv('a,"b\n')
    with pytest.raises(DataError, match="nothing to label"):
        blinded(PLAN, "eve", ROWS, {})
    with pytest.raises(DataError, match="not among the graded answers"):
        blinded(PLAN, "ann", ROWS[:2], {})


DOUBLE = next(t for t in PLAN.tasks if len(t.raters) == 2)
SINGLE = next(t for t in PLAN.tasks if len(t.raters) == 1)


@pytest.mark.parametrize(
    ("first", "second", "final", "holds", "other"),
    [
        ("pass", "pass", "", 1, 1),
        ("pass", "fail", "", 1, 0),
        ("pass", "fail", "pass", 1, 0),
        ("pass", "fail", "fail", 0, 1),
        ("unsure", "pass", "", 1, None),
        ("unsure", "unsure", "", None, None),
        ("unsure", "pass", "fail", 0, None),
        ("pass", "fail", "unsure", None, 0),
    ],
)
def test_what_holds(first: str, second: str, final: str, holds: float | None, other: float | None) -> None:
    """The adjudicated verdict holds, else the first; label and second agree exactly where the raters did."""
    labels = [label(DOUBLE, DOUBLE.raters[1], second), label(DOUBLE, DOUBLE.raters[0], first)]
    labels += [label(DOUBLE, "head", final, adjudicated=True)] if final else []
    made = settle([PLAN], labels)
    assert made[DOUBLE.key] == Settled(holds, other, DOUBLE.chance)
    assert made[SINGLE.key] == Settled(None, None, SINGLE.chance)
    assert disputed(labels) == ([DOUBLE.id] if first != second and not final else [])


def test_labels_that_do_not_fit() -> None:
    """A label of no task, by a stranger, or twice by one rater is an error."""
    with pytest.raises(DataError, match="which no plan holds"):
        settle([PLAN], [label(SINGLE, "ann", "pass").model_copy(update={"task": "x"})])
    with pytest.raises(DataError, match="does not name for it"):
        settle([PLAN], [label(SINGLE, "eve", "pass")])
    with pytest.raises(DataError, match="two labels by the same rater"):
        settle([PLAN], [label(SINGLE, SINGLE.raters[0], "pass")] * 2)


def test_labels_stand_in_the_table() -> None:
    """Label, second and chance reach the rows of the table; answers outside the plan have none."""
    traces = [r.trace for r in ROWS if r.trace]
    judged = [Judgement(trace=r.id, criterion="helpful", outcome=r.grade.outcome) for r in ROWS]
    labels = settle([PLAN], [label(DOUBLE, DOUBLE.raters[0], "pass"), label(DOUBLE, DOUBLE.raters[1], "fail")])
    made = graded([r.case for r in ROWS], traces, {"helpful": Criterion(judge="j")}, judged, labels).to_pylist()
    (line,) = [x for x in made if x["trace"] == DOUBLE.trace]
    assert (line["label"], line["second"], line["chance"]) == (1.0, 0.0, DOUBLE.chance)
    assert sum(x["chance"] == x["chance"] for x in made) == 24


def test_few_labels_are_drawn_by_verdict_alone() -> None:
    """Where cells are too many for the labels, strata are left out of the draw, the plan says so, and none has 0."""
    few = planned(ROWS, 6, seed=3, raters=RATERS)
    assert (PLAN.design, few.design) == ("by verdict and stratum", "by verdict")
    assert {cell.stratum for cell in few.cells} == {""}
    assert set(few.chances) == {row.id for row in ROWS}
    assert min(few.chances.values()) > 0


def test_suggestions() -> None:
    """The next labels go to severe and thinly covered answers; none is asked again, and each has a chance on record."""
    plan = suggested(ROWS, [PLAN], 10, seed=5, raters=("ann", "bob"))
    assert 6 <= len(plan.tasks) <= 14
    assert not {t.key for t in plan.tasks} & {t.key for t in PLAN.tasks}
    assert set(plan.chances) == {row.id for row in ROWS}
    expected = sum(p * (1 - PLAN.chances[trace]) for trace, p in plan.chances.items())
    assert 10 <= expected < 11
    severe = {r.id: r.case.severity for r in ROWS}
    fresh = suggested(ROWS, [], 20, seed=1, raters=("ann",))
    by = {severe[trace]: chance for trace, chance in fresh.chances.items()}
    assert by[5] > by[1] > 0
    assert len(fresh.tasks) == 20
    assert plan.digest == suggested(ROWS[::-1], [PLAN], 10, seed=5, raters=("ann", "bob")).digest
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


@pytest.mark.parametrize(
    ("n", "raters", "words"),
    [(40, ("ann",), "About 36 answers are left"), (0, ("ann",), "cannot be suggested"), (5, (), "needs raters")],
)
def test_impossible_suggestions_are_refused(n: int, raters: tuple[str, ...], words: str) -> None:
    """More than is left, none at all, and nobody to label."""
    with pytest.raises(SpecError, match=words):
        suggested(ROWS, [PLAN], n, seed=5, raters=raters)


def test_a_suggestion_that_meets_only_what_is_labelled_is_told() -> None:
    """A draw of its own may bring nothing new; it says so instead of making an empty plan."""
    first = planned(ROWS, 58, seed=1, raters=("ann",), double=0)
    made: list[Plan] = []

    def try_many() -> None:
        made.extend(suggested(ROWS, [first], 1, seed=seed, raters=("ann",)) for seed in range(60))

    with pytest.raises(SpecError, match="labelled already"):
        try_many()
    assert len(made) < 60


def test_what_people_said_moves_no_draw() -> None:
    """Two first draws of the same chances lead to the same chances of the second, whatever they drew."""
    one, other = (planned(ROWS, 24, seed=s, raters=RATERS) for s in (3, 4))
    assert {t.trace for t in one.tasks} != {t.trace for t in other.tasks}
    assert one.chances == other.chances
    after = [suggested(ROWS, [before], 10, seed=5, raters=RATERS).chances for before in (one, other)]
    assert after[0] == after[1]


def test_two_draws_weighed_by_their_joint_chance_are_unbiased() -> None:
    """Over 600 pairs of draws the weighed total of labels is the true one, which wave by wave chances miss."""
    truth = {row.id: float(row.case.severity == 5 or row.grade.outcome == "fail") for row in ROWS}
    joint, apart = [], []
    for seed in range(600):
        first = planned(ROWS, 16, seed=seed, raters=("ann",), double=0)
        try:
            second = suggested(ROWS, [first], 12, seed=seed + 9000, raters=("ann",))
        except SpecError:
            second = first
        chosen = {t.key for plan in (first, second) for t in plan.tasks}
        joint.append(sum(truth[trace] / chance_of([first, second], (trace, of)) for trace, of in chosen))
        own = {t.trace: t.chance for plan in (second, first) for t in plan.tasks}
        apart.append(sum(truth[trace] / chance for trace, chance in own.items()))
    total = sum(truth.values())
    error = 4 * sum((x - total) ** 2 for x in joint) ** 0.5 / 600
    assert abs(sum(joint) / 600 - total) < error
    assert abs(sum(apart) / 600 - total) > 2 * error


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=30), st.data())
def test_inclusion_probabilities(weights: list[float], data: st.DataObject) -> None:
    """Probabilities add up to the number drawn, none above one; and as many are drawn, whatever the start."""
    n = data.draw(st.integers(1, len(weights)))
    chances = inclusion(weights, n)
    assert sum(chances) == pytest.approx(n)
    assert all(0 < c <= 1 + 1e-12 for c in chances)
    drawn = systematic(chances, Random(data.draw(st.integers(0, 2**32))))
    assert len(drawn) == len(set(drawn)) == n


def test_recorded_chances_are_the_chances() -> None:
    """Over many seeds each place is drawn as often as its probability says (within four standard errors)."""
    chances = inclusion([1, 2, 3, 4, 10], 2)
    times = Counter(i for seed in range(4000) for i in systematic(chances, Random(seed)))
    for i, chance in enumerate(chances):
        assert abs(times[i] / 4000 - chance) <= 4 * (max(chance * (1 - chance), 1e-9) / 4000) ** 0.5 + 1e-9


def test_waves_combine() -> None:
    """An answer has the chance of any plan to choose it, whichever did; a label of the first plan holds."""
    assert combined([0.5, 0.5]) == 0.75
    second = suggested(ROWS, [PLAN], 20, seed=9, raters=RATERS)
    made = settle([PLAN, second], [label(SINGLE, SINGLE.raters[0], "fail")])
    assert made[SINGLE.key].label == 0.0
    for task in (*PLAN.tasks, *second.tasks):
        both = [PLAN.chances[task.trace], second.chances[task.trace]]
        assert made[task.key].chance == combined(both)
    assert len(made) == len(PLAN.tasks) + len(second.tasks)


def test_rows_are_those_of_the_table() -> None:
    """Plans take the rows that grading yields, with no step between."""
    cases = [asked(id=f"c{i}") for i in range(4)]
    traces = [answer("x" if i else "Card 4111 1111 1111 1111", case=f"c{i}") for i in range(4)]
    made = list(rows(cases, traces, {"pii": Criterion(scorer="pii-leak")}))
    assert Counter(t.outcome for t in planned(made, 3, seed=1, raters=("a",), double=0).tasks) == {
        "fail": 1,
        "pass": 2,
    }
