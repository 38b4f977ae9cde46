"""The explore command: a page, a summary that lines up, JSON, and plain errors."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from secondline.cli.app import app
from secondline.cli.explore import cut, spark
from secondline.core.explored import Bar, Column

ROWS = 300


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a small population and go to its folder."""
    monkeypatch.chdir(tmp_path)
    table = pa.table(
        {
            "income [x]": [float(i % 37) for i in range(ROWS)],
            "grade": ["good", "good", "bad"] * (ROWS // 3),
            "日本語": [1] * ROWS,
        }
    )
    pq.write_table(table, tmp_path / "loans.parquet")
    return tmp_path


def run(*args: str, width: int = 120) -> tuple[int, str]:
    """Run the command in a terminal of a width."""
    done = CliRunner().invoke(app, ["explore", *args], env={"COLUMNS": str(width), "TERM": "dumb"})
    return done.exit_code, done.output


def test_a_page_and_a_summary(data: Path) -> None:
    """The page lies where the last line says, and the summary names rows, columns, rate and every column."""
    code, output = run("loans.parquet", "--label", "grade", "--event", "bad")
    assert code == 0
    assert "300 rows   3 columns" in output
    assert "event rate 33.3 %" in output
    assert all(name in output for name in ("income [x]", "grade", "日本語"))
    assert "it fixes no plan and judges nothing" in output
    assert (data / "loans-explored.html").exists()


@pytest.mark.parametrize("width", [70, 80, 120])
def test_the_summary_lines_up(data: Path, width: int) -> None:
    """Every line fits the terminal and no row of the table is broken over two."""
    del data
    _, output = run("loans.parquet", "--label", "grade", "--event", "bad", width=width)
    lines = output.split("\n")
    head = next(i for i, line in enumerate(lines) if line.startswith("column"))
    assert all(len(line.rstrip()) <= width for line in lines)
    assert [lines[head + i].split()[0] for i in (1, 2)] == ["income", "grade"]
    assert lines[head + 4].strip() == ""


def test_json_is_plain(data: Path) -> None:
    """With --json the standard output is the exploration and no page is written unless one is asked for."""
    code, output = run("loans.parquet", "--json")
    assert code == 0
    assert [c["name"] for c in json.loads(output)["columns"]] == ["income [x]", "grade", "日本語"]
    assert not list(data.glob("*.html"))
    run("loans.parquet", "--json", "--output", "deep/page.html")
    assert (data / "deep" / "page.html").exists()


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("nothing.parquet",), "there is no file 'nothing.parquet'"),
        (("loans.parquet", "--label", "grad"), "Did you mean 'grade'?"),
        (("loans.parquet", "--label", "grade"), "Say which value marks the event with --event"),
        (("loans.parquet", "--time", "grade"), "must be a date or a timestamp"),
        (("loans.parquet", "--column", "x"), "(named by --column)"),
        (("loans.parquet", "--event", "bad"), "name the label too, with --label"),
        (("loans.parquet", "--against", "other.parquet"), "there is no file 'other.parquet'"),
        (("loans.parquet", "-o", "page.pdf"), "does not end in .html"),
    ],
)
def test_errors_are_plain(data: Path, args: tuple[str, ...], says: str) -> None:
    """Each is one sentence on what is wrong and exit code 2, and nothing is written."""
    code, output = run(*args, width=400)
    assert code == 2
    assert says in " ".join(output.split())
    assert "Traceback" not in output
    assert not list(data.glob("*.html"))


def test_names_are_cut_to_cells() -> None:
    """A name of wide letters takes as many cells as it is given, and control characters are shown."""
    assert cut("日本語日本語", 5) == "日本\N{HORIZONTAL ELLIPSIS}"
    assert cut("a\x1b[31mb", 20) == "a\N{REPLACEMENT CHARACTER}[31mb"


def test_a_spark_keeps_the_shape() -> None:
    """Forty equal bars in sixteen blocks are level, and an empty step is a gap."""
    flat = Column("x", "float64", "number", 40, 0, bars=tuple(Bar(i, i + 1, 5) for i in range(40)))
    assert len(set(spark(flat, 16))) == 1
    gap = Column("x", "float64", "number", 10, 0, bars=(Bar(0, 1, 9), Bar(1, 2, 0), Bar(2, 3, 1)))
    assert spark(gap, 16) == "\N{FULL BLOCK} \N{LOWER ONE EIGHTH BLOCK}"
