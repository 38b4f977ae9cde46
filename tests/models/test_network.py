"""A network is weights and a declared architecture: it scores as torch does, and fits to the last tensor."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from secondline.core.errors import ModelError, SpecError
from secondline.core.spec import Artefact
from secondline.models.loaders import tensors
from secondline.models.loaders.network import load as load_network
from secondline.models.model import Model
from secondline.models.opening import open_artefact

SMALL: dict[str, Any] = {
    "inputs": [
        {"name": "x", "mean": 1.0, "scale": 2.0, "missing": 1.0},
        {"name": "region", "embedding": "emb", "levels": ["north", "south"], "size": 1, "unknown": 1},
    ],
    "layers": [{"kind": "linear", "name": "fc", "units": 1}],
}
WEIGHTS = {
    "emb.weight": np.array([[1.0], [-1.0]], dtype=np.float32),
    "fc.weight": np.array([[0.5, 2.0]], dtype=np.float32),
    "fc.bias": np.array([0.25], dtype=np.float32),
}


def scores(architecture: Mapping[str, Any], weights: Mapping[str, Any], **columns: Any) -> Any:
    loaded = load_network(save(dict(weights)), {"architecture": json.dumps(architecture)})
    return loaded.predict({n: np.asarray(v, dtype=object if isinstance(v[0], (str, type(None))) else float)
                           for n, v in columns.items()})  # fmt: skip


def one(layers: list[Any], weights: Mapping[str, Any], x: list[float], **more: Any) -> Any:
    """Score rows of one input that goes through *layers*."""
    declared = {"inputs": [{"name": "x"}], "layers": layers, "link": "identity", **more}
    return scores(declared, weights, x=x)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Any]:
    held: list[Model] = []

    def open_(architecture: Any, weights: Mapping[str, Any], **more: Any) -> Model:
        (tmp_path / "m.safetensors").write_bytes(save(dict(weights)))
        (tmp_path / "m.json").write_text(json.dumps(architecture))
        held.append(open_artefact(Artefact(path="m.safetensors", architecture="m.json", **more), tmp_path))
        return held[-1]

    yield open_
    for model in held:
        model.close()


def test_by_hand_through_the_sandbox(opened: Any) -> None:
    """x = 5 stands at (5 - 1) / 2 = 2, north at 1: 0.5 * 2 + 2 * 1 + 0.25 = 3.25; a missing x stands at 0."""
    model = opened(SMALL, WEIGHTS)
    assert model.features == ("x", "region")
    found = model.score(
        {"x": np.array([5.0, np.nan, 5.0, 5.0]), "region": np.array(["north", "south", "west", None], dtype=object)}
    )
    wanted = [1 / (1 + math.exp(-3.25)), 1 / (1 + math.exp(1.75)), 1 / (1 + math.exp(0.75))]
    assert found[:3] == pytest.approx(wanted, abs=1e-12)
    assert np.isnan(found[3])  # no region, and the architecture has no row for that
    assert model.facts["parameters"] == 5


@pytest.mark.parametrize(
    ("kind", "at_two", "at_minus_one"),
    [
        ("relu", 2.0, 0.0),
        ("silu", 2 / (1 + math.exp(-2)), -1 / (1 + math.exp(1))),
        ("tanh", math.tanh(2), math.tanh(-1)),
        ("sigmoid", 1 / (1 + math.exp(-2)), 1 / (1 + math.exp(1))),
        ("gelu", 2 * 0.5 * (1 + math.erf(math.sqrt(2))), -0.5 * (1 + math.erf(-1 / math.sqrt(2)))),
        ("dropout", 2.0, -1.0),
        ("identity", 2.0, -1.0),
    ],
)
def test_activations(kind: str, at_two: float, at_minus_one: float) -> None:
    """Each function at 2 and at -1, by its formula; dropout does nothing when scoring."""
    assert one([{"kind": kind}], {}, [2.0, -1.0]) == pytest.approx([at_two, at_minus_one], abs=1e-12)


def test_normalisations_and_residuals() -> None:
    """By hand: (3 - 1) / sqrt(4) * 2 + 1 = 3; a row of one unit is 0 after layer_norm; x + relu(x) doubles a 3."""
    norm = {f"n.{part}": np.array([value]) for part, value in
            (("running_mean", 1.0), ("running_var", 4.0), ("weight", 2.0), ("bias", 1.0))}  # fmt: skip
    norm["n.num_batches_tracked"] = np.array(7)
    assert one([{"kind": "batch_norm", "name": "n", "eps": 1e-12}], norm, [3.0]) == pytest.approx([3.0])
    assert one([{"kind": "layer_norm", "affine": False}], {}, [3.0]) == pytest.approx([0.0])
    assert one([{"kind": "residual", "layers": [{"kind": "relu"}]}], {}, [3.0, -3.0]) == pytest.approx([6.0, -3.0])
    wide = {"a.weight": np.array([[1.0], [-1.0]]), "b.weight": np.array([[1.0], [1.0]])}
    linear = [{"kind": "linear", "name": name, "units": 2, "bias": False} for name in "ab"]
    block = {"kind": "residual", "layers": linear[:1], "shortcut": linear[1:]}
    assert one([block], wide, [1.5], link="softmax") == pytest.approx([1 / (1 + math.exp(3.0))])


def test_links() -> None:
    """The last number is a logit, a logarithm, or the score itself."""
    assert one([{"kind": "identity"}], {}, [0.0, 2.0], link="logit") == pytest.approx([0.5, 1 / (1 + math.exp(-2))])
    assert one([{"kind": "identity"}], {}, [2.0], link="log") == pytest.approx([math.exp(2)])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda a, w: w.pop("fc.bias"), r"asks for tensor 'fc\.bias'; the file holds emb\.weight, fc\.weight"),
        (lambda a, w: w.update({"spare": np.ones(1)}), "does not use: spare"),
        (lambda a, w: w.update({"fc.weight": np.ones((2, 1))}), r"has the shape \[2, 1\], and \[1, 2\] is declared"),
        (lambda a, w: w.update({"fc.bias": np.array([np.nan])}), "not finite"),
        (lambda a, w: a["layers"].append({"kind": "linear", "name": "huge", "units": 1 << 20}), "tensor 'huge"),
        (lambda a, w: a["layers"].append({"kind": "linear", "name": "huge", "units": 10**15}), "less than or equal to"),
        (lambda a, w: a["layers"].append({"kind": "exec"}), "not one that is understood: layers"),
        (lambda a, w: a["layers"].extend([{"kind": "relu"}] * 600), "at most 512 items"),
        (lambda a, w: a.update(link="softmax"), "its last layer has 1 units, and the link 'softmax' takes 2"),
        (lambda a, w: a["inputs"][1].update(levels=["a", "b", "c"]), r"and \[3, 1\] is declared"),
        (lambda a, w: a["inputs"][1].update(levels=["a", "a"]), "do not fit the 2 rows"),
        (lambda a, w: a["inputs"][1].update(missing=9), r"and \[10, 1\] is declared"),
        (lambda a, w: a["inputs"][0].update(code="print(1)"), "Extra inputs are not permitted"),
    ],
)
def test_weights_and_architecture_must_fit(change: Any, said: str) -> None:
    """A tensor too few, too many, of another shape or not finite, a bomb of layers, and an unknown layer are named."""
    architecture, weights = json.loads(json.dumps(SMALL)), dict(WEIGHTS)
    change(architecture, weights)
    with pytest.raises(ModelError, match=said):
        load_network(save(weights), {"architecture": json.dumps(architecture)})


def test_wide_layers_are_run_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are taken a few at a time where a layer is wide, and the scores are the same."""
    draw = np.random.default_rng(1)
    weights = {"a.weight": draw.normal(size=(64, 1)), "b.weight": draw.normal(size=(1, 64))}
    layers = [{"kind": "linear", "name": n, "units": u, "bias": False} for n, u in (("a", 64), ("b", 1))]
    x = list(draw.normal(size=500))
    whole = one(layers, weights, x)
    monkeypatch.setattr("secondline.models.loaders.network.NUMBERS_AT_ONCE", 64 * 7)
    assert one(layers, weights, x) == pytest.approx(whole, abs=1e-12)
    assert len(one(layers, weights, x[:1])) == 1


def test_the_architecture_is_asked_for(tmp_path: Path) -> None:
    """Weights alone are no model; an architecture that is not there or too long is said to be so."""
    (tmp_path / "m.safetensors").write_bytes(save(dict(WEIGHTS)))
    with pytest.raises(ModelError, match=r"name the JSON of its layers as `artefact: architecture:`"):
        open_artefact(Artefact(path="m.safetensors"), tmp_path)
    with pytest.raises(SpecError, match="cannot be read"):
        open_artefact(Artefact(path="m.safetensors", architecture="none.json"), tmp_path)
    (tmp_path / "long.json").write_text(" " * 600_000)
    with pytest.raises(SpecError, match="larger than 512 KiB"):
        open_artefact(Artefact(path="m.safetensors", architecture="long.json"), tmp_path)


# The format


def test_tensors_are_read_as_the_library_reads_them() -> None:
    """Each type of number, by the library that defines the format."""
    draw = np.random.default_rng(2)
    held = {kind: draw.normal(size=(3, 4)).astype(kind) for kind in ("f8", "f4", "f2")}
    held |= {kind: draw.integers(-9, 9, size=(2, 1, 2)).astype(kind) for kind in ("i8", "i4")}
    content = save(held)
    found, wanted = tensors.read(content), load(content)
    assert set(found) == set(wanted)
    assert all(np.array_equal(found[name], wanted[name].astype(float)) for name in wanted)


def test_bfloat16_is_the_upper_half_of_a_float() -> None:
    """1.5 is 0x3FC0, -2 is 0xC000."""
    header = json.dumps({"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    assert list(tensors.read(len(header).to_bytes(8, "little") + header + b"\xc0\x3f\x00\xc0")["a"]) == [1.5, -2.0]


def file(header: Any, data: bytes = b"\0" * 16, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def entry(low: int, high: int, shape: Any = (4,), dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [low, high]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "its header claims 0 bytes"),
        (b"\xff" * 8, "its header claims"),
        (file({"a": entry(0, 16)}, length=1 << 40), "its header claims"),
        (file({"a": entry(0, 16)}, length=5), "not JSON"),
        (file(b"[" * 100_000), "not JSON"),
        (file(b"[1]"), "not an object"),
        (file(b'{"a": 1, "a": 2}'), "given twice"),
        (file({"a": entry(0, 16, (1 << 40, 1 << 40))}), "is no count|cannot lie"),
        (file({"a": entry(0, 16, (1 << 62,))}), "is no count"),
        (file({"a": entry(0, 16, (-4,))}), "is no count"),
        (file({"a": entry(-16, 0)}), "is no count"),
        (file({"a": entry(0, 16, (True,))}), "is no count"),
        (file({"a": entry(16, 0, (0,))}), "cannot lie"),
        (file({"a": entry(0, 1 << 40, (1 << 38,))}), "cannot lie"),
        (file({"a": entry(0, 16), "b": entry(8, 16, (2,))}), "begin at byte 8, and the tensor before it ends at 16"),
        (file({"a": entry(4, 16, (3,))}), "begin at byte 4, and the tensor before it ends at 0"),
        (file({"a": entry(0, 8, (2,))}), "8 bytes at the end of the file belong to no tensor"),
        (file({"a": entry(0, 16, dtype="OBJ")}), "needs one of the types"),
        (file({"a": {"dtype": "F32"}}), "needs one of"),
        (file({"a": None}), "needs one of"),
    ],
)
def test_a_header_that_lies_is_refused(content: bytes, said: str) -> None:
    """Lengths beyond the file, overlaps, gaps, negative places, overflowing shapes, and nests are refused in words."""
    with pytest.raises(ModelError, match=said):
        tensors.read(content)


# The oracle: torch itself


def test_a_network_scores_as_torch_does(opened: Any, tmp_path: Path) -> None:
    """Embedding, batch and layer norm, residual block, each activation: every score within 1e-6 of torch's own."""
    torch = pytest.importorskip("torch", reason="torch is not installed; requirements/heavy.txt brings it")
    from safetensors.torch import save_file

    nn = torch.nn
    torch.manual_seed(5)

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(16, 32), nn.Linear(32, 16)

        def forward(self, x: Any) -> Any:
            return x + self.b(nn.functional.silu(self.a(x)))

    class Net(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.emb, self.first, self.bn = nn.Embedding(3, 4), nn.Linear(6, 16), nn.BatchNorm1d(16)
            self.block, self.ln, self.out = Block(), nn.LayerNorm(16), nn.Linear(16, 1)
            self.drop = nn.Dropout(0.3)

        def forward(self, x: Any, region: Any) -> Any:
            h = self.drop(torch.relu(self.bn(self.first(torch.cat([x, self.emb(region)], dim=1)))))
            h = torch.tanh(nn.functional.gelu(self.ln(self.block(h))))
            return torch.sigmoid(self.out(h))[:, 0]

    net = Net()
    draw = np.random.default_rng(6)
    x, region = draw.normal(3, 2, size=(4_000, 2)), draw.integers(0, 3, 4_000)
    standard = torch.tensor((x - [3.0, 3.0]) / [2.0, 2.0], dtype=torch.float32)
    for _ in range(5):  # in training, so that batch normalisation has seen data
        net(standard, torch.tensor(region))
    net.eval()
    save_file(net.state_dict(), tmp_path / "torch.safetensors")
    declared = {
        "inputs": [
            *({"name": n, "mean": 3.0, "scale": 2.0} for n in ("income", "age")),
            {"name": "region", "embedding": "emb", "levels": ["n", "e", "s"], "size": 4},
        ],
        "layers": [
            {"kind": "linear", "name": "first", "units": 16},
            {"kind": "batch_norm", "name": "bn"},
            {"kind": "relu"},
            {"kind": "dropout", "p": 0.3},
            {"kind": "residual", "layers": [
                {"kind": "linear", "name": "block.a", "units": 32},
                {"kind": "silu"},
                {"kind": "linear", "name": "block.b", "units": 16},
            ]},
            {"kind": "layer_norm", "name": "ln"},
            {"kind": "gelu"},
            {"kind": "tanh"},
            {"kind": "linear", "name": "out", "units": 1},
        ],
    }  # fmt: skip
    (tmp_path / "t.json").write_text(json.dumps(declared))
    model = open_artefact(Artefact(path="torch.safetensors", architecture="t.json"), tmp_path)
    try:
        names = np.array(["n", "e", "s"], dtype=object)[region]
        found = model.score({"income": x[:, 0], "age": x[:, 1], "region": names})
    finally:
        model.close()
    with torch.no_grad():
        assert np.abs(found - net(standard, torch.tensor(region)).numpy()).max() < 1e-6
