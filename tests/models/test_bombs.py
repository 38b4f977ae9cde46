"""Bombs: small files that ask for a lot, and files that would run code. The canary is shown to be alive."""

from __future__ import annotations

import os
import pickle
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer

from secondline.core.errors import ModelError
from secondline.core.spec import Artefact
from secondline.models.loaders.onnx import stamps
from secondline.models.opening import open_artefact
from secondline.models.sandbox import opened


class Bomb:
    """Unpickling this writes a file."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (f"__import__('pathlib').Path({str(self.witness)!r}).write_text('ran')",)


def test_the_canary_is_alive(tmp_path: Path) -> None:
    """Unpickled, the bomb does write its file: that the file is missing elsewhere means that nothing ran."""
    witness = tmp_path / "ran"
    pickle.loads(pickle.dumps(Bomb(witness)))
    assert witness.exists()


@pytest.mark.parametrize(
    "declared", ["catboost", "network", "lightgbm", "xgboost", "onnx", "skops", "linear", "scorecard"]
)
def test_a_declared_format_does_not_help_a_pickle(tmp_path: Path, declared: Any) -> None:
    """Whatever model.yaml calls it, a pickle is refused or fails to parse, and does not run."""
    witness = tmp_path / "ran"
    (tmp_path / "model.bin2").write_bytes(pickle.dumps(Bomb(witness)))
    with pytest.raises(ModelError):
        open_artefact(Artefact(path="model.bin2", format=declared, features=("a",)), tmp_path)
    assert not witness.exists()


def test_skops_does_not_call_what_it_holds(tmp_path: Path) -> None:
    """A transformer that would call os.system is refused by the name of the function; the command does not run."""
    skops.io.dump(FunctionTransformer(func=os.system), tmp_path / "m.skops")
    with pytest.raises(ModelError, match=r"nobody has vouched for: .*system"):
        open_artefact(Artefact(path="m.skops", features=("a",)), tmp_path)


def test_trust_is_not_read_from_the_file(tmp_path: Path) -> None:
    """A list of trusted types inside the archive is not ours, and changes nothing."""
    skops.io.dump(FunctionTransformer(func=os.system), tmp_path / "m.skops")
    with zipfile.ZipFile(tmp_path / "m.skops", "a") as archive:
        archive.writestr("trusted.json", '["posix.system", "builtins.exec"]')
    with pytest.raises(ModelError, match="nobody has vouched for"):
        open_artefact(Artefact(path="m.skops", features=("a",)), tmp_path)


@pytest.mark.slow
def test_a_zip_bomb_is_stopped_by_the_bound_on_memory() -> None:
    """One GiB of blanks in a megabyte: the process that unpacks it may not have the memory."""
    held = BytesIO()
    with (
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("schema.json", "w") as part,
    ):
        for _ in range(64):
            part.write(b" " * (16 << 20))
    assert len(held.getvalue()) < 8 << 20
    with pytest.raises(ModelError, match="could not be opened as skops"):
        opened("m.skops", "skops", held.getvalue(), {"features": ["a"]}, memory=2 << 30)


def nested(depth: int) -> bytes:
    """A protobuf whose graph holds a graph holds a graph."""
    content = b""
    for _ in range(depth):
        content = b"\x3a" + _varint(len(content)) + content
    return content


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("onnx", nested(5_000)),
        ("onnx", b"\x3a\xff\xff\xff\xff\x0f" + b"a" * 100),
        ("xgboost", b'{"learner": ' + b"[" * 1_000_000),
        ("xgboost", b"{L" + b"\xff" * 64),
        ("linear", b"[" * 1_000_000),
        ("scorecard", b'{"a":' * 200_000),
        ("catboost", b"CBM1" + b"\xff" * 64),
        ("lightgbm", b"tree\nversion=v4\nnum_class=1\nmax_feature_idx=2000000000\n"),
        ("skops", b"PK\x03\x04" + b"\0" * 64),
    ],
    ids=["deep onnx", "false length", "deep json", "false ubjson", "deep table", "deep card", "false catboost",
         "two billion features", "false zip"],
)  # fmt: skip
def test_nests_and_false_lengths_are_refused(kind: str, content: bytes) -> None:
    """Depth and lengths that lie end in a message, and this process lives on."""
    with pytest.raises(ModelError, match=f"could not be opened as {kind}"):
        opened("m", kind, content, {"features": ["a"]}, memory=4 << 30, load_seconds=120)


@pytest.mark.parametrize("content", [b"", b"\xff" * 300, nested(2_000), b"\x0b\x0c", b"\x42\xff\xff\x03\x0a"])
def test_the_reader_of_onnx_stamps_takes_anything(content: bytes) -> None:
    """It walks the outermost message only, and a message cut short or of a wrong kind ends the walk."""
    assert set(stamps(content)) <= {"opsets", "ir_version", "producer_version"}
