"""Shapley values of any function of columns: by every coalition, or by pairs of opposite permutations.

The game of a row: a coalition of inputs is worth the mean score of the background rows after those inputs were
replaced by the row's own (interventional, or marginal, values). Sources: Shapley (1953); Strumbelj and Kononenko
(2014), Knowledge and Information Systems 41; Mitchell, Cooper, Frank and Holmes (2022), JMLR 23, for opposite
permutations; Janzing, Minorics and Bloebaum (2020), AISTATS, for interventional against conditional values.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np

from secondline.core.errors import ModelError
from secondline.models.model import Floats

Game = Callable[[dict[str, Any]], Floats]
AT_ONCE = 1 << 18
"""Rows scored in one call."""
MOST_ENUMERATED = 14


def enumerated(game: Game, rows: dict[str, Any], absent: dict[str, Any], scores: Floats, bases: Floats) -> Floats:
    """Return exact Shapley values: ``phi_j = sum over S without j of |S|! (d-|S|-1)! / d! (v(S + j) - v(S))``.

    Raises:
        ModelError: there are more than 14 inputs.
    """
    names, m = list(rows), len(bases)
    d, n = len(names), len(scores)
    if d > MOST_ENUMERATED:
        raise ModelError(f"Every coalition of {d} inputs is too many; sample them instead: method='sampling'.")
    inside = (np.arange(1 << d)[:, np.newaxis] >> np.arange(d)) & 1 == 1
    worth = np.empty((n, 1 << d))
    worth[:, 0], worth[:, -1] = bases.mean(), scores
    between = inside[1:-1]
    step = max(AT_ONCE // max(m * len(between), 1), 1)
    for start in range(0, n if len(between) else 0, step):
        some = slice(start, min(start + step, n))
        mixed = {
            name: np.where(between[np.newaxis, :, np.newaxis, j], rows[name][some][:, np.newaxis, np.newaxis],
                           absent[name][np.newaxis, np.newaxis, :]).ravel()
            for j, name in enumerate(names)
        }  # fmt: skip
        worth[some, 1:-1] = game(mixed).reshape(-1, len(between), m).mean(axis=2)
    sizes = inside.sum(axis=1)
    weight = np.array([factorial(s) * factorial(d - s - 1) / factorial(d) if s < d else 0.0 for s in sizes])
    values = np.empty((n, d))
    for j in range(d):
        without = np.flatnonzero(~inside[:, j])
        values[:, j] = (worth[:, without + (1 << j)] - worth[:, without]) @ weight[without]
    return values


def sampled(
    game: Game, rows: dict[str, Any], absent: dict[str, Any], scores: Floats, bases: Floats, repeats: int, seed: int
) -> tuple[Floats, Floats]:
    """Return sampled Shapley values and their standard errors.

    Each background row meets each row explained in *repeats* (two or more) pairs of a random permutation and its
    reverse: inputs turn from the background's value to the row's one after another, and each is credited with the
    change. Every pair adds up to the row's score less the background's, so that the means add up exactly. The
    standard error pools the variance between the pairs of one background row,
    ``mean_b s_b^2 / (m repeats)``: what the choice of permutations adds, and not the spread of the background. Few
    pairs of a row tell little of its own variance, so that it is averaged, half and half, with the mean variance of
    the input over all rows. It is 0 where no more than two inputs act together, as it must be.
    """
    names, m = list(rows), len(bases)
    d, n = len(names), len(scores)
    values, error = np.empty((n, d)), np.empty((n, d))  # the error squared until the end
    step = max(AT_ONCE // max(2 * repeats * m * max(d - 1, 1), 1), 1)
    for start in range(0, n, step):
        some = slice(start, min(start + step, n))
        size = some.stop - some.start
        place = np.stack([_places(seed, row, repeats * m, d) for row in range(some.start, some.stop)])
        credits_ = _credits(game, {k: v[some] for k, v in rows.items()}, absent, scores[some], bases, place, repeats)
        by_background = credits_.reshape(size, repeats, m, d)
        values[some] = by_background.mean(axis=(1, 2))
        error[some] = by_background.var(axis=1, ddof=1).mean(axis=1) / (repeats * m)
    known = error[np.isfinite(scores)]
    return values, np.sqrt((error + known.mean(axis=0)) / 2) if len(known) else error


def _places(seed: int, row: int, pairs: int, d: int) -> Any:
    """Return each input's place in the permutations of one row, which depend on the seed and the row's number only."""
    return np.random.default_rng((seed, row)).permuted(np.tile(np.arange(d), (pairs, 1)), axis=1)


def _moves(rows: dict[str, Any], others: dict[str, Any], place: Any) -> Any:
    """Return whether each step (last axis) of each pair, forward and backward (first axis), changes its input."""
    same = np.stack([_same(values[:, np.newaxis], others[name]) for name, values in rows.items()], axis=2)
    forward = np.take_along_axis(~same, np.argsort(place, axis=2), axis=2)
    return np.stack([forward, forward[..., ::-1]])


def _same(one: Any, other: Any) -> Any:
    """Whether values are equal; two that are missing are (NaN, which alone differs from itself, or None)."""
    return (one == other) | ((one != one) & (other != other))  # noqa: PLR0124 - NaN


def _credits(
    game: Game, rows: dict[str, Any], absent: dict[str, Any], scores: Floats, bases: Floats, place: Any, repeats: int
) -> Floats:
    """Return the credit of each input (last axis) in each pair of opposite permutations of each row."""
    d = place.shape[2]
    others = {name: np.tile(values, repeats) for name, values in absent.items()}
    moves = _moves(rows, others, place)
    # Where a step changes nothing, neither does the score: only the others are scored.
    side, row, pair, before = np.nonzero(moves[..., :-1])
    at, steps = place[row, pair], before[:, np.newaxis] + 1
    # Forward, the first s inputs are the row's; backward, the last s are.
    turned = np.where(side[:, np.newaxis] == 0, at < steps, at >= d - steps)
    mixed = {
        name: np.where(turned[:, j], values[row], others[name][pair]) for j, (name, values) in enumerate(rows.items())
    }
    path = np.empty((*moves.shape[:3], d + 1))
    path[..., 0] = np.tile(bases, repeats)
    path[..., -1] = scores[:, np.newaxis]
    if len(side):
        path[side, row, pair, before + 1] = game(mixed)
    last = np.maximum.accumulate(np.where(moves[..., :-1], np.arange(1, d), 0), axis=3)
    path[..., 1:-1] = np.take_along_axis(path, last, axis=3)
    change = np.diff(path, axis=3)
    forward = np.take_along_axis(change[0], place, axis=2)
    backward = np.take_along_axis(change[1], d - 1 - place, axis=2)
    return np.asarray((forward + backward) / 2)
