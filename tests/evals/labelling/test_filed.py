"""Settled labels as a file: rows find their answers, and every row that is wrong is named before any is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondline.core.errors import DataError
from secondline.evals.labelling.filed import read
from secondline.evals.nouns import Settled, Trace

TRACES = [Trace(case="a", text="x"), Trace(case="a", replicate=1, text="y"), Trace(case="b", text="z")]
HEAD = "case,criterion,label,replicate,second,chance\n"


def labels(folder: Path, text: str, name: str = "labels.csv") -> dict[tuple[str, str], Settled]:
    """Return what a file of labels says."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read([path], TRACES)


def test_labels_find_their_answers(tmp_path: Path) -> None:
    """Case and replicate name the answer; words and numbers are the same verdicts; spaces and case do not count."""
    found = labels(tmp_path, f"{HEAD}a,kind, PASS ,,0,0.5\na,kind,0,1,,\nb,kind,unsure,0,1,1\nb,true,,,,0.25\n")
    first, second, third = (trace.id for trace in TRACES)
    assert found == {
        (first, "kind"): Settled(1.0, 0.0, 0.5),
        (second, "kind"): Settled(0.0, None, None),
        (third, "kind"): Settled(None, 1.0, 1.0),
        (third, "true"): Settled(None, None, 0.25),
    }


def test_few_columns_are_enough(tmp_path: Path) -> None:
    """A case, a criterion and a label are all that is needed; Excel's mark at the head and other columns do no harm."""
    found = labels(tmp_path, "\ufeffcase,label,criterion,note\na,fail,kind,odd\n")
    assert found == {(TRACES[0].id, "kind"): Settled(0.0, None, None)}


def test_several_files_add_up(tmp_path: Path) -> None:
    """Labels may lie in several files; an empty one adds nothing."""
    for name, text in (("1.csv", f"{HEAD}a,kind,1,,,\n"), ("2.csv", f"{HEAD}b,kind,0,,,\n"), ("3.csv", "")):
        (tmp_path / name).write_text(text)
    assert len(read([tmp_path / f"{i}.csv" for i in (1, 2, 3)], TRACES)) == 2


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("c,kind,1,,,", "there is no answer to 'c', replicate 0"),
        ("a,kind,1,2,,", "there is no answer to 'a', replicate 2"),
        ("a,kind,1,one,,", "the replicate 'one' is no number"),
        ("a,kind,good,,,", "the label 'good' is not 1, 0, pass, fail or nothing"),
        ("a,kind,1,,maybe,", "the second 'maybe' is not 1, 0, pass, fail or nothing"),
        ("a,kind,1,,,often", "the chance 'often' is no number"),
        ("a,kind,1,,,0", "the chance 0 is not above 0 and at most 1"),
        ("a,kind,1,,,1.5", "the chance 1.5 is not above 0 and at most 1"),
        ("a,kind,1,,,nan", "the chance nan is not above 0 and at most 1"),
        ("a,kind,1,inf,,", "the replicate 'inf' is no whole number"),
        ("a,kind,1,0.5,,", "the replicate '0.5' is no whole number"),
        ("b,kind,1,,,", "this answer is labelled twice by 'kind'"),
    ],
)
def test_a_wrong_row_is_named(row: str, says: str, tmp_path: Path) -> None:
    """The message names file, line and what is wrong with it."""
    with pytest.raises(DataError) as told:
        labels(tmp_path, f"{HEAD}b,kind,1,,,\n{row}\n")
    assert f"labels.csv, line 3: {says}" in str(told.value)


def test_an_answer_labelled_in_two_files_is_told(tmp_path: Path) -> None:
    """What is labelled twice is not counted twice, wherever the labels lie."""
    for name in ("1.csv", "2.csv"):
        (tmp_path / name).write_text(f"{HEAD}a,kind,1,,,\n")
    with pytest.raises(DataError, match=r"2\.csv, line 2: this answer is labelled twice by 'kind'"):
        read([tmp_path / "1.csv", tmp_path / "2.csv"], TRACES)


def test_many_wrong_rows_are_counted(tmp_path: Path) -> None:
    """The first six are named and the others counted."""
    with pytest.raises(DataError) as told:
        labels(tmp_path, HEAD + "".join(f"c{i},kind,1,,,\n" for i in range(9)))
    assert str(told.value).count("labels.csv, line") == 6
    assert "... and 3 more" in str(told.value)


@pytest.mark.parametrize("name", ["case", "criterion", "label"])
def test_a_missing_column_is_named(name: str, tmp_path: Path) -> None:
    """Each column that is needed is asked for."""
    head = ",".join(c for c in ("case", "criterion", "label", "chance") if c != name)
    with pytest.raises(DataError, match=f"need a column '{name}'"):
        labels(tmp_path, f"{head}\na,b,0.5\n")


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A file that is missing, or no text, is named with the reason."""
    with pytest.raises(DataError, match=r"Cannot read the labels 'none\.csv'"):
        read([tmp_path / "none.csv"], TRACES)
    (tmp_path / "odd.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"Cannot read the labels 'odd\.csv'"):
        read([tmp_path / "odd.csv"], TRACES)
