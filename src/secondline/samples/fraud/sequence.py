"""The sequence model: a small recurrent network over a card's last transactions, trained on PyTorch."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from secondline.core.errors import MissingExtra
from secondline.samples.develop import Progress, quiet
from secondline.samples.extras import Floats
from secondline.samples.fraud import graph
from secondline.samples.fraud.champion import calibration
from secondline.samples.fraud.data import Matrix, held_out, kept_back, label, matrix
from secondline.samples.fraud.declared import SEQUENCE
from secondline.samples.fraud.graph import CHANNELS, HIDDEN, PLAIN, WIDE, Network

WEIGHTS = Path(__file__).parent / "sequence.json"
"""Weights trained by `train` on the study's own rows, as text, for whoever has no PyTorch."""
SEED = 11
EPOCHS, BATCH, RATE = 12, 512, 4e-3
GENUINE = 16
"""Genuine rows kept for each fraud in training; the calibration puts the probability right."""


def kept() -> Network:
    """Return the network whose weights come with the package."""
    return Network.from_text(WEIGHTS.read_text(encoding="utf-8"))


def train(table: pa.Table, progress: Progress = quiet) -> Network:
    """Train on the rows that the champion is fitted on, and calibrate on the same last days.

    Raises:
        MissingExtra: PyTorch is not installed.
    """
    torch = _torch()
    back, out = kept_back(table), held_out(table)
    features, y = matrix(table, SEQUENCE), label(table)
    rng = np.random.default_rng(SEED)
    rows = _thinned(np.flatnonzero(~back & ~out), y, rng)
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    try:
        layers = _fitted(torch, features[rows], y[rows], rng, progress)
        intercept, slope = calibration(odds(layers, features[back]), y[back])
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(mode=before[1])
    return Network({name: value.numpy().copy() for name, value in layers.state_dict().items()}, intercept, slope)


def rebuilt(network: Network) -> Any:
    """Return the network's layers on PyTorch.

    Raises:
        MissingExtra: PyTorch is not installed.
    """
    torch = _torch()
    layers = _layers(torch)
    layers.load_state_dict({name: torch.from_numpy(array) for name, array in network.arrays.items()})
    return layers


def odds(layers: Any, features: Matrix) -> Floats:
    """Return the log-odds of rows, not yet calibrated."""
    torch = _torch()
    with torch.no_grad():
        parts = [_run(torch, layers, features[i : i + 8_192]) for i in range(0, len(features), 8_192)]
    return np.asarray(torch.cat(parts).numpy(), dtype=np.float64)


def _torch() -> Any:
    try:
        return import_module("torch")
    except ImportError as missing:
        raise MissingExtra.needs("Training the sequence model", "torch") from missing


def _layers(torch: Any) -> Any:
    nn = torch.nn
    return nn.ModuleDict(
        {
            "gru": nn.GRU(CHANNELS, HIDDEN, batch_first=True),
            "wide": nn.Linear(HIDDEN + len(PLAIN), WIDE),
            "out": nn.Linear(WIDE, 1),
        }
    )


def _run(torch: Any, layers: Any, features: Matrix) -> Any:
    _, state = layers["gru"](torch.from_numpy(graph.steps(features)))
    joined = torch.cat([state[0], torch.from_numpy(graph.statics(features))], dim=1)
    return layers["out"](torch.relu(layers["wide"](joined)))[:, 0]


def _fitted(torch: Any, features: Matrix, y: Floats, rng: np.random.Generator, progress: Progress) -> Any:
    torch.manual_seed(SEED)
    layers = _layers(torch)
    target = torch.from_numpy(y.astype(np.float32))
    batches = -(-len(y) // BATCH)
    optimiser = torch.optim.AdamW(layers.parameters(), lr=RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * batches)
    loss = torch.nn.BCEWithLogitsLoss()
    for epoch in range(EPOCHS):
        progress("training the sequence model", epoch, EPOCHS)
        for rows in np.array_split(rng.permutation(len(y)), batches):
            optimiser.zero_grad()
            loss(_run(torch, layers, features[rows]), target[torch.from_numpy(rows)]).backward()
            optimiser.step()
            schedule.step()
    progress("trained the sequence model", EPOCHS, EPOCHS)
    return layers


def _thinned(rows: np.ndarray[tuple[int], np.dtype[np.int64]], y: Floats, rng: np.random.Generator) -> Any:
    fraud, genuine = rows[y[rows] > 0], rows[y[rows] == 0]
    count = min(len(genuine), GENUINE * len(fraud))
    return np.sort(np.concatenate([fraud, rng.choice(genuine, count, replace=False)]))
