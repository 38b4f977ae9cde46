"""Section 9.6: the models side by side, and pictures that say in words what they show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from challenged import TWO, study
from secondline.core.evidence import Run
from secondline.reports import html
from secondline.reports.blocks import Block, Bullets, Chart, Paragraph, Placeholder, Table
from secondline.reports.charts import to_svg
from secondline.reports.draft import draft
from secondline.reports.pictures.challengers import _drawn
from secondline.reports.sections import challengers
from secondline.reports.view import View


def lightgbm_text(folder: Path) -> None:
    """Write a small boosted champion, which is of a size and cannot be read."""
    import lightgbm
    import pyarrow.parquet as pq

    data = pq.read_table(folder / "dev.parquet")
    matrix = np.column_stack([data["debt"].to_numpy(), data["income"].to_numpy()])
    params = {"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 4}
    train = lightgbm.Dataset(matrix, data["bad"].to_numpy(), feature_name=["debt", "income"])
    lightgbm.train(params, train, 20).save_model(folder / "champion.txt")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Validate the study once, with a boosted champion and one challenger that cannot be fitted."""
    folder = tmp_path_factory.mktemp("challenged")
    kinds = TWO | {"curves": {"kind": "ebm", "settings": {"bags": 1}}, "odd": {"kind": "logistic", "features": ["sex"]}}
    asked = study(folder, challengers=kinds, artefact="champion.txt")
    lightgbm_text(folder)
    found: Run = asked.validate(store=None).run
    return found


def blocks(run: Run) -> list[Block]:
    return [block for block in challengers.blocks(View(run)) if block]


def of_type(run: Run, kind: type[Any], id_: str = "") -> Any:
    return next(block for block in blocks(run) if isinstance(block, kind) and getattr(block, "id", id_) == id_)


def test_models_stand_side_by_side(run: Run) -> None:
    """One row a model, the champion first with its size; every number of a challenger leads to its evidence."""
    table = of_type(run, Table, "t-challengers")
    assert [row[0].text for row in table.rows] == ["champion", "simple", "line", "curves"]
    assert table.rows[0][1].text == "20 trees, 80 leaves"
    assert all(len(row) == len(table.head) for row in table.rows)
    known = {e.id for e in run.evidence}
    assert all(row[i].evidence in known for row in table.rows[1:] for i in (3, 4, 5, 6))
    auc = {e.subject.column: e for e in run.evidence if e.code == "challenge.auc"}
    assert auc["line"].outcome.estimate is not None
    assert table.rows[2][3].text.startswith(f"{auc['line'].outcome.estimate.detail['challenger']:.3f} [")


def test_a_challenger_that_failed_is_named(run: Run) -> None:
    """The reason stands before the table, once; after it the verdict on each of the others in words."""
    failed, verdicts = ([str(item) for item in block.items] for block in blocks(run) if isinstance(block, Bullets))
    assert len(failed) == 1
    assert "'odd' could not be fitted" in failed[0]
    assert len(verdicts) == 3
    assert all("one-sided" in verdict for verdict in verdicts)


def test_every_chart_draws_and_speaks(run: Run) -> None:
    """Each chart has an alternative text with its numbers, and turns into a picture."""
    charts = {block.id: block for block in blocks(run) if isinstance(block, Chart)}
    assert set(charts) == {
        "c-challengers", "c-challenger-roc", "c-challenger-gains", "c-complexity", "c-swaps", "c-shapes",
    }  # fmt: skip
    for chart in charts.values():
        assert len(chart.alt) > 30
        assert chart.alt == chart.spec["description"]
        assert to_svg(chart.spec).startswith("<svg")
    assert "20 trees, 80 leaves" in charts["c-complexity"].alt
    assert "debt" in charts["c-shapes"].alt


def test_swap_sets_are_tabled(run: Run) -> None:
    """Sizes and rates of both sets of each challenger."""
    table = of_type(run, Table, "t-swaps")
    assert [row[0].text for row in table.rows] == ["simple", "line", "curves"]
    assert all(row[1].text == row[3].text for row in table.rows)  # without weights the sets are equally large


def test_the_whole_report_holds_the_section(run: Run) -> None:
    """It renders to HTML, where every evidence link of the section resolves, and twice to the same bytes."""
    page = html.render(draft(run))
    assert 'id="t-challengers"' in page
    assert 'id="c-swaps"' in page
    assert page == html.render(draft(run))


def test_a_card_is_drawn_where_there_are_no_curves(tmp_path: Path) -> None:
    """Without an explainable boosting machine the scorecard's attributes are shown, and no size is made up."""
    asked = study(tmp_path, challengers={"simple": "scorecard"}, money=None, decision=None).validate(store=None).run
    shown = {block.id for block in blocks(asked) if isinstance(block, (Chart, Table))}
    assert {"c-challengers", "c-complexity", "c-shapes", "t-challengers"} <= shown
    assert not {"c-swaps", "t-swaps", "t-challenge.value"} & shown
    assert of_type(asked, Table, "t-challengers").rows[0][1].text == "not opened"
    assert to_svg(of_type(asked, Chart, "c-shapes").spec).startswith("<svg")


def test_without_challengers_the_section_says_so(tmp_path: Path) -> None:
    """One sentence and the question for the validator."""
    found = blocks(study(tmp_path, challengers={}, checks=["challenge.*", "discrimination.*"]).validate(store=None).run)
    assert [type(block) for block in found] == [Paragraph, Placeholder]
    assert "no challenger was compared" in json.dumps([str(span) for span in found[0].spans])  # type: ignore[union-attr]


def test_outermost_bins_are_drawn_short() -> None:
    """A bin that reaches to a million does not squeeze the others: it is drawn a twentieth beyond the last cut."""
    shape = {"log-odds": [-1.0, 0.0, 0.5, 2.0], "edges": [0.0, 10.0, 20.0, 30.0, 1e6]}
    rows = _drawn(shape)
    assert (rows[0]["from"], rows[-1]["to"]) == (9.0, 31.0)
    assert [row["log-odds"] for row in rows] == shape["log-odds"]
