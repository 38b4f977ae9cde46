"""A small neural network for tables: standardised numbers, learnt vectors for texts, two hidden layers. On PyTorch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.declared.challengers import Network
from secondline.core.errors import ModelError
from secondline.models.challengers.design import Design, Number, Text
from secondline.models.challengers.given import Column, Columns, Fit, Given, coded, sigmoid
from secondline.models.challengers.libraries import library
from secondline.models.model import Floats

FARTHEST = 8.0
"""Standard deviations beyond which a number counts as that far: a network has no sense of an outlier."""
WIDEST = 8
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """A fitted network as numbers: it scores without PyTorch, and is kept as safetensors with its architecture."""

    design: Design
    arrays: Arrays

    def odds(self, columns: Columns) -> Floats:
        """Return the log-odds of each row."""
        hidden = inputs(self.design, columns)
        vectors = [self.arrays[f"vector.{i}"].astype(np.float64)[codes] for i, codes in enumerate(hidden[1])]
        x = np.hstack([hidden[0], *vectors])
        last = sum(name.startswith("weight.") for name in self.arrays) - 1
        for i in range(last + 1):
            x = x @ self.arrays[f"weight.{i}"].astype(np.float64).T + self.arrays[f"bias.{i}"].astype(np.float64)
            x = np.maximum(x, 0.0) if i < last else x
        return np.asarray(x[:, 0])

    def to_bytes(self) -> bytes:
        """Return safetensors; its metadata hold the architecture: how columns become the first layer's inputs."""
        save = library("safetensors.numpy", "Keeping a network", "torch").save
        return bytes(save(self.arrays, metadata={"design": json.dumps(asdict(self.design))}))

    @staticmethod
    def read(content: bytes) -> Learnt:
        """Read what ``to_bytes`` wrote.

        Raises:
            ModelError: the bytes are not a network of ours.
        """
        load = library("safetensors.numpy", "Reading a network", "torch").load
        size = int.from_bytes(content[:8], "little")
        try:
            design = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["design"])
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError("The safetensors hold no architecture of a network fitted here.") from error
        texts = tuple(Text(text["name"], tuple(text["levels"])) for text in design["texts"])
        return Learnt(Design(tuple(Number(**number) for number in design["numbers"]), texts), load(content))


def inputs(design: Design, columns: Columns) -> tuple[Floats, list[npt.NDArray[np.int64]]]:
    """Return standardised numbers with their flags, and the code of each text."""
    numbers = np.clip(design.standardised(columns), -FARTHEST, FARTHEST)
    return numbers, [coded(columns[text.name], text.levels) for text in design.texts]


def fit(given: Given, settings: Network) -> Fit:
    """Fit by AdamW on four fifths of the rows, and keep the epoch with the least log-loss on the rest.

    One thread and a seed of its own, so that a repetition gives the same weights; PyTorch's own seed is left as it was.
    """
    torch = library("torch", "Fitting a network challenger", "torch")
    threads = torch.get_num_threads()
    design = Design.of(given)
    try:
        torch.set_num_threads(1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(given.seed)
            learnt, epochs = _trained(torch, design, given, settings)
    finally:
        torch.set_num_threads(threads)

    def predict(columns: dict[str, Column]) -> Floats:
        return sigmoid(learnt.odds(columns))

    weights = sum(int(array.size) for array in learnt.arrays.values())
    facts = {
        "terms": len(given.features), "parameters": weights, "epochs": epochs,
        "size": f"layers {' and '.join(map(str, settings.layers))}, {weights:,} weights",
    }  # fmt: skip
    return Fit(predict, learnt.to_bytes(), facts)


def _trained(torch: Any, design: Design, given: Given, settings: Network) -> tuple[Learnt, int]:
    inner, held = given.split()
    model = _module(torch, design, settings)
    rows, test = _tensors(torch, design, inner), _tensors(torch, design, held)
    optimiser = torch.optim.AdamW(model.parameters(), lr=settings.rate, weight_decay=1e-2)
    best, kept, at = float("inf"), _numbers(model), 0
    for epoch in range(1, settings.epochs + 1):
        _epoch(torch, model, optimiser, rows, settings.batch)
        model.eval()
        with torch.no_grad():
            loss = float(_loss(torch, model, test))
        if loss < best:
            best, kept, at = loss, _numbers(model), epoch
        elif epoch - at >= settings.patience:
            break
    return Learnt(design, kept), at


def _epoch(torch: Any, model: Any, optimiser: Any, rows: list[Any], size: int) -> None:
    model.train()
    for batch in torch.randperm(len(rows[2])).split(size):
        if len(batch) > 1:
            optimiser.zero_grad()
            _loss(torch, model, [part[batch] for part in rows]).backward()
            optimiser.step()


def _loss(torch: Any, model: Any, rows: list[Any]) -> Any:
    numbers, codes, label, weight = rows
    odds = model(numbers, codes)
    return torch.nn.functional.binary_cross_entropy_with_logits(odds, label, weight=weight)


def _tensors(torch: Any, design: Design, given: Given) -> list[Any]:
    numbers, codes = inputs(design, given.columns)
    stacked = np.column_stack(codes) if codes else np.empty((len(given.label), 0), dtype=np.int64)
    floats = [torch.tensor(part, dtype=torch.float32) for part in (numbers, given.label, given.weight)]
    return [floats[0], torch.tensor(stacked), floats[1], floats[2]]


def _module(torch: Any, design: Design, settings: Network) -> Any:
    """Return the network; it is defined here because PyTorch may not be installed."""
    nn = torch.nn
    widths = [min(text.size // 2 + 1, WIDEST) for text in design.texts]
    flags = sum(number.flagged for number in design.numbers)
    sizes = [len(design.numbers) + flags + sum(widths), *settings.layers, 1]

    class Table(nn.Module):  # type: ignore[misc, name-defined]  # PyTorch is not there to be typed
        def __init__(self) -> None:
            super().__init__()
            self.vectors = nn.ModuleList(
                nn.Embedding(text.size, width) for text, width in zip(design.texts, widths, strict=True)
            )
            self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
            self.dropped = nn.Dropout(settings.dropout)

        def forward(self, numbers: Any, codes: Any) -> Any:
            x = torch.cat([numbers, *(vector(codes[:, i]) for i, vector in enumerate(self.vectors))], dim=1)
            for layer in self.layers[:-1]:
                x = self.dropped(torch.relu(layer(x)))
            return self.layers[-1](x)[:, 0]

    return Table()


def _numbers(model: Any) -> Arrays:
    own: Callable[[Any], npt.NDArray[Any]] = lambda tensor: tensor.detach().numpy().copy()  # noqa: E731 - typed
    found = {f"vector.{i}": own(vector.weight) for i, vector in enumerate(model.vectors)}
    for i, layer in enumerate(model.layers):
        found |= {f"weight.{i}": own(layer.weight), f"bias.{i}": own(layer.bias)}
    return found
