"""A declared command runs in a copy of what was declared, and whatever is wrong with it is said."""

from __future__ import annotations

import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from operate.test_processes import alive
from secondline.core.declared.reproduce import Reproduce
from secondline.core.errors import ModelError, SpecError
from secondline.core.spec import Artefact
from secondline.models import locked, resampling, training
from secondline.models.recipe import by_command, by_function

LINEAR = """
import json, os, sys
assert sorted(os.listdir()) == ["data.csv", "train.py"], os.listdir()
rate = len(open("data.csv").read().split()) - 1
seed = float(os.environ.get("SECONDLINE_SEED", -1))
json.dump({"intercept": seed, "coefficients": {"a": rate}}, open("model.json", "w"))
print("trained", sys.argv[1:])
"""


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def plan(folder: Path, script: str = LINEAR, **more: Any) -> Reproduce:
    (folder / "train.py").write_text(script)
    (folder / "data.csv").write_text("a,b\n007,x\n2,\n3,z\n")
    pinned = {"path": "data.csv", "digest": digest(folder / "data.csv")}
    content = {"command": ["python", "train.py", "{seed}"], "snapshot": pinned, "files": ["train.py"]} | more
    return Reproduce.model_validate(content)


def test_a_command_builds_a_model_from_its_inputs_alone(tmp_path: Path) -> None:
    """It sees the declared files, gets the seed both ways, and its model opens in the sandbox; each pair runs once."""
    (tmp_path / "model.json").write_text('{"intercept": 0, "coefficients": {"a": 1}}')
    with by_command(plan(tmp_path, seed=7), Artefact(path="model.json"), tmp_path) as recipe:
        built = recipe.build(7, None)
        assert recipe.build(7, None) is built
        assert built.printed == sha256(b"trained ['7']\n").hexdigest()
        model = built.open()
        assert model.features == ("a",)
        assert built.digest == model.digest
        assert model.score({"a": np.array([-4.0])})[0] == pytest.approx(1 / (1 + np.exp(5)))
        model.close()
        assert recipe.build(8, None).digest != built.digest
        assert recipe.digest() != by_function(lambda t, s: t, None, (), plan(tmp_path)).digest()
    assert (tmp_path / "model.json").read_text() == '{"intercept": 0, "coefficients": {"a": 1}}'


def refused(folder: Path, script: str = LINEAR, **more: Any) -> str:
    with (
        pytest.raises(ModelError) as error,
        by_command(plan(folder, script, **more), Artefact(path="model.json"), folder) as recipe,
    ):
        recipe.build(None, None)
    return str(error.value)


@pytest.mark.parametrize(
    ("script", "more", "says"),
    [
        ("print('no memory'); raise SystemExit(3)", {}, "ended with code 3. It last said: no memory"),
        ("import time; print('slow', flush=True); time.sleep(60)", {"seconds": 0.5}, "took longer than 0.5 s"),
        ("pass", {}, "left no 'model.json'. In its folder: data.csv, train.py"),
        (LINEAR, {"command": ["no-such-program"]}, "cannot start: 'no-such-program'"),
        (LINEAR, {"files": ["train.py", "nowhere.py"]}, "`reproduce: files` names 'nowhere.py'"),
        (LINEAR, {"snapshot": {"path": "data.csv", "digest": "0" * 64}}, "'data.csv' is not the file"),
    ],
)
def test_what_goes_wrong_is_said(tmp_path: Path, script: str, more: dict[str, Any], says: str) -> None:
    """A failure, a hang, nothing written, no such program, no such file, another snapshot."""
    assert says in refused(tmp_path, script, **more)


def test_a_hanging_command_takes_its_children_with_it(tmp_path: Path) -> None:
    """What the command started is ended with it, and so cannot write afterwards."""
    said = tmp_path / "child"
    child = "[sys.executable, '-c', 'import time; time.sleep(60)']"
    script = (
        "import pathlib, subprocess, sys, time\n"
        f"pathlib.Path({str(said)!r}).write_text(str(subprocess.Popen({child}).pid))\ntime.sleep(60)"
    )
    for seconds in (0.5, 5, 50):  # until the machine is quick enough for it to begin
        assert "took longer" in refused(tmp_path, script, seconds=seconds)
        if said.exists():
            break
    until = time.monotonic() + 20
    while alive(int(said.read_text())):
        assert time.monotonic() < until, "the child outlived its command"
        time.sleep(0.01)


def test_only_the_end_of_a_long_story_is_told(tmp_path: Path) -> None:
    """An error repeats at most 1,500 characters of what was printed."""
    said = refused(tmp_path, "print('x' * 100_000); print('the end'); raise SystemExit(1)")
    assert said.endswith("the end")
    assert len(said) < training.TAIL + 200


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"command": "python train.py"}, "as a list of words"),
        ({"command": []}, "at least 1 item"),
        ({"files": ["../train.py"]}, "must be a path below the folder"),
        ({"produces": "/model.txt"}, "must be a path below the folder"),
        ({"snapshot": {"path": "d.csv", "digest": "abc"}}, "at least 64"),
        ({"files": ["m.txt"], "produces": "m.txt"}, "cannot be among what it is given"),
        ({"refits": 1}, "greater than or equal to 2"),
    ],
)
def test_declarations_that_cannot_work_are_refused(said: dict[str, Any], message: str) -> None:
    """Each says what is wrong before anything runs."""
    with pytest.raises(ValidationError, match=message):
        Reproduce.model_validate({"command": ["python"]} | said)


def test_a_served_model_needs_a_file_to_compare(tmp_path: Path) -> None:
    """The command of an endpoint's model must say what it writes."""
    with (
        pytest.raises(SpecError, match="reproduce: produces"),
        by_command(plan(tmp_path), Artefact(path="https://host/v2/models/m"), tmp_path),
    ):
        pass


@pytest.mark.parametrize("name", ["d.parquet", "d.csv", "d.tsv"])
def test_rows_are_drawn_again_as_they_are(tmp_path: Path, name: str) -> None:
    """As many rows, all of them rows of before, in another mixture; the same draw twice gives the same bytes."""
    path = tmp_path / name
    table = pa.table({"id": [f"{i:04}" for i in range(500)], "text": ["", "a,b", 'q"q', None, "x\ty"] * 100})
    if name == "d.parquet":
        pq.write_table(table, path)
    else:
        table.to_pandas().to_csv(path, index=False, sep="," if name == "d.csv" else "\t")
    original = path.read_bytes()
    resampling.resample_file(path, 1)
    once = path.read_bytes()
    path.write_bytes(original)
    resampling.resample_file(path, 1)
    assert path.read_bytes() == once
    read = pq.read_table(path).to_pandas() if name == "d.parquet" else pd.read_csv(
        path, sep="," if name == "d.csv" else "\t", dtype=str, keep_default_na=False)  # fmt: skip
    assert len(read) == 500
    known = dict(zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True))
    for key, text in zip(read["id"], read["text"], strict=True):
        assert (known[key] or "") == (text if isinstance(text, str) else "")
    assert 260 < read["id"].nunique() < 370  # about 1 - 1/e of them


def test_records_stay_as_they_are_written(tmp_path: Path) -> None:
    """Line breaks within quotes, Windows' line ends and a last line without one survive; a header alone does too."""
    path = tmp_path / "d.csv"
    rows = [b'1,"two\nlines"', b'2,"a ""quoted"" word"', b"3,plain"]
    path.write_bytes(b"\r\n".join([b"id,text", *rows]))
    resampling.resample_file(path, 4)
    head, *drawn = resampling._records(path.read_bytes())
    assert head == b"id,text\r\n"
    assert len(drawn) == 3
    assert set(drawn) <= {row + b"\r\n" for row in rows}
    path.write_bytes(b"id,text\n")
    resampling.resample_file(path, 1)
    assert path.read_bytes() == b"id,text\n"


def test_other_files_are_not_drawn(tmp_path: Path) -> None:
    """A spreadsheet is refused with what would do; so is a query in a notebook."""
    (tmp_path / "d.xlsx").write_bytes(b"PK")
    with pytest.raises(ModelError, match=r"\.parquet, \.csv or \.tsv"):
        resampling.resample_file(tmp_path / "d.xlsx", 1)
    with pytest.raises(ModelError, match="The rows of a str cannot be drawn again"):
        resampling.resample_table("dev.parquet", 1)


def test_tables_in_memory_keep_their_kind() -> None:
    """pandas, polars and Arrow give the same rows."""
    table = pa.table({"a": list(range(50))})
    frames = (table, table.to_pandas(), pl.from_arrow(table))
    found = [resampling.resample_table(frame, 3) for frame in frames]
    assert [type(f) for f in found] == [pa.Table, pd.DataFrame, pl.DataFrame]
    assert found[0]["a"].to_pylist() == found[1]["a"].to_list() == found[2]["a"].to_list()


def test_locks_are_compared_with_what_is_installed(tmp_path: Path) -> None:
    """One package in another version, one of two pins that fits, one not installed; the lock itself is pinned."""
    lock = tmp_path / "lock.txt"
    lock.write_text(
        f"numpy==0.1 ; python_version < '4' \\\n    --hash=sha256:0\nPyArrow[x]=={pa.__version__}\n"
        f"pyarrow==0.1\n# comment\nno-such-package==1\n"
    )
    found = locked.compared(plan(tmp_path, lock={"path": "lock.txt", "digest": digest(lock)}), tmp_path)
    assert found["other versions"] == {"numpy": f"0.1 locked, {np.__version__} installed"}
    assert (found["pins"], found["not installed"]) == (3, 1)
    lock.write_text("numpy==2\n")
    with pytest.raises(ModelError, match=r"lock.txt' is not the file"):
        locked.compared(plan(tmp_path, lock={"path": "lock.txt", "digest": "0" * 64}), tmp_path)
    assert locked.compared(plan(tmp_path), tmp_path) == {}


def test_locks_of_other_tools_are_read() -> None:
    """The TOML of uv and Poetry, and pylock's."""
    assert locked.pins("uv.lock", '[[package]]\nname = "A_b"\nversion = "1.0"\n[[package]]\nname = "c"\n') == {
        "a-b": {"1.0"}
    }
    assert locked.pins("pylock.toml", '[[packages]]\nname = "a.b"\nversion = "2"\n') == {"a-b": {"2"}}


def test_another_interpreter_is_asked_itself(tmp_path: Path) -> None:
    """A python on the path answers; a program that is none is not taken for one."""
    assert locked.installed("python", tmp_path) == locked.installed("python3", tmp_path)
    assert locked.installed("sh", tmp_path) is None
    assert locked.installed("python-that-is-not-there", tmp_path) is None
