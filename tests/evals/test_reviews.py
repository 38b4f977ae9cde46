"""Reviews of seeded errors become graded answers: right is to stop what was seeded and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from make import number
from secondline.core.errors import DataError
from secondline.core.tables import Graded
from secondline.core.tables.graded import COLUMNS
from secondline.evals import reviews
from secondline.stats.genai.standing import catch_rate

HEAD = "reviewer,case,place,planted,seeded,stopped,seconds\n"
LINES = ("r1,a,1,wrong-fact,1,1,30", "r1,b,2,none,0,1,20", "r2,a,1,wrong-fact,1,0,25", "r2,b,2,none,0,0,21")


def written(folder: Path, *lines: str, head: str = HEAD) -> Path:
    """Return a file of reviews."""
    path = folder / "reviews.csv"
    path.write_text(head + "\n".join(lines) + "\n")
    return path


def test_a_file_of_reviews_is_a_table_of_graded_answers(tmp_path: Path) -> None:
    """One reviewer caught the seeded error and stopped a clean answer, the other did neither: half caught."""
    table = reviews.read(written(tmp_path, *LINES))
    assert tuple(table.column_names) == COLUMNS
    assert table["verdict"].to_pylist() == [1.0, 0.0, 0.0, 1.0]
    assert table["cluster"].to_pylist() == ["r1", "r1", "r2", "r2"]
    assert table["latency_ms"].to_pylist() == [30000, 20000, 25000, 21000]
    assert np.isnan(np.asarray(table["severity"])).all()
    found = number(catch_rate(Graded.of(**{name: table[name].to_pylist() for name in COLUMNS})))
    assert (found.value, found.detail["false alarms"]) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("lines", "head", "says"),
    [
        (LINES, HEAD.replace("stopped", "stoped"), "Did you mean 'stoped'"),
        (("r1,a,1,x,perhaps,1,3",), HEAD, "Review 1: 'seeded' must be 1 or 0"),
        (("r1,a,1,x,1,1,soon",), HEAD, "'seconds' must be a number"),
        ((), HEAD.strip(), "holds no review"),
    ],
)
def test_reviews_that_cannot_be_read(tmp_path: Path, lines: tuple[str, ...], head: str, says: str) -> None:
    """A missing column, a flag or number that is none, and an empty file are named."""
    with pytest.raises(DataError, match=says):
        reviews.read(written(tmp_path, *lines, head=head))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """It is named without its folder."""
    with pytest.raises(DataError, match=r"no file of reviews 'none\.csv'"):
        reviews.read(tmp_path / "none.csv")
