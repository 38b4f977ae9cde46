"""Scripted people label through the same plans, sheets and acts as people do."""

from __future__ import annotations

import csv
import io

import pytest

from secondline.core.errors import SpecError
from secondline.workflow.labelling.desk import Desk
from secondline.workflow.labelling.scripted import THIRD, label


def test_scripted_labels_are_settled_on_record(desk: Desk) -> None:
    """Two raters differ on every answer, a third settles all of them, and the file holds what a study reads."""
    raters = {"one": lambda *_: True, "two": lambda *_: False}
    text = label(desk, raters, lambda *_: False, {"faithful": 12, "none": 5}, double=0.5, by="demo")
    (work,) = desk.works()
    assert (work.state, work.doc["by"]) == ("settled", "demo")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 12
    twice = [row for row in rows if row["second"]]
    assert {(row["label"], row["second"]) for row in twice} == {("fail", "pass")}
    filed = [(f["rater"], f["by"], f.get("settles", False)) for f in work.doc["filings"].values()]
    assert filed == [("one", "one", False), ("two", "two", False), (THIRD, THIRD, True)]


def test_a_third_who_cannot_tell_settles_nothing(desk: Desk) -> None:
    """Where the third is unsure as well, it is said, and the plan stays open."""
    raters = {"one": lambda *_: True, "two": lambda *_: None}
    with pytest.raises(SpecError, match="could not tell"):
        label(desk, raters, lambda *_: None, {"faithful": 12}, double=0.5, by="demo")
    assert [work.state for work in desk.works()] == ["labelling"]
