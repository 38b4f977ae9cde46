"""Model equality testing: do two endpoints give answers from the same distribution?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Graded
from secondline.stats.clusters import Floats

LENGTH, SHUFFLES, SEED, TWO = 1_000, 1_000, 20_261_126, 2


def hamming(answers: Sequence[str], length: int = LENGTH) -> Floats:
    """Return the Hamming kernel of texts: the share of their first *length* places at which they hold one character.

    Shorter texts are padded, and padding equals padding. Texts all shorter than *length* are compared over the longest.

    >>> hamming(["abc", "abd"]).round(4).tolist()
    [[1.0, 0.6667], [0.6667, 1.0]]
    """
    cut = [answer[:length] for answer in answers]
    width = max((len(answer) for answer in cut), default=0)
    if not width:
        return np.ones((len(cut), len(cut)))
    places = np.array([answer.ljust(width, "\x00") for answer in cut], dtype=f"<U{width}").view(np.uint32)
    table = places.reshape(len(cut), width)
    return np.array([(table == row).mean(axis=1) for row in table], dtype=np.float64)


def mmd(kernel: Floats, first: npt.NDArray[np.bool_]) -> Floats:
    """Return the unbiased squared maximum mean discrepancy for each row of *first*, which marks one sample's texts.

    ``mean k(x, x') + mean k(y, y') - 2 mean k(x, y)`` without the pairs of a text with itself. Source: Gretton et al.
    (2012), JMLR 13, 723.
    """
    marks = np.atleast_2d(first).astype(np.float64)
    m, n = marks.sum(axis=1), (1 - marks).sum(axis=1)
    own = np.diag(kernel)
    within = ((marks @ kernel) * marks).sum(axis=1)
    total, cross = float(kernel.sum()), ((marks @ kernel) * (1 - marks)).sum(axis=1)
    rest = total - within - 2 * cross
    x = (within - marks @ own) / (m * (m - 1))
    y = (rest - (1 - marks) @ own) / (n * (n - 1))
    return np.asarray(x + y - 2 * cross / (m * n))


def equality(graded: Graded, approved: Graded, *, level: float = 0.95, length: int = LENGTH, shuffles: int = SHUFFLES
             ) -> Measured:  # fmt: skip
    """Squared maximum mean discrepancy between this run's answers and the approved ones, averaged over prompts.

    Kernel: `hamming` on the first *length* characters, answers to one prompt (case) only. ``p_value``: of *shuffles*
    exchanges of answers between the sides within each prompt, how many give as large a discrepancy. A small p-value
    says that the answers come from another distribution, not that they are worse: hold the anchor's verdicts against
    each other next. Prompts with fewer than two answers on a side are left out. Undefined without a prompt. Source:
    Gao, Liang and Guestrin (2025), arXiv:2410.20247.
    """
    here, there = _answers(graded), _answers(approved)
    prompts = sorted(case for case in here.keys() & there.keys() if min(len(here[case]), len(there[case])) >= TWO)
    if not prompts:
        return Undefined(because="no prompt has two answers that were kept on both sides", kind="not-applicable")
    draw = np.random.default_rng(SEED)
    seen, null, biggest = 0.0, np.zeros(shuffles), {}
    for prompt in prompts:
        m, size = len(here[prompt]), len(here[prompt]) + len(there[prompt])
        kernel = hamming([*here[prompt], *there[prompt]], length)
        mine = float(mmd(kernel, np.arange(size) < m)[0])
        seen += mine
        null += mmd(kernel, draw.permuted(np.tile(np.arange(size) < m, (shuffles, 1)), axis=1))
        biggest[prompt] = mine
    p = float((1 + (null >= seen - 1e-12).sum()) / (1 + shuffles))
    value = seen / len(prompts)
    answers = float(sum(len(here[c]) + len(there[c]) for c in prompts))
    return Estimate(
        value=value, level=level, n=answers, p_value=p,
        method=f"MMD, Hamming kernel on {length:,} characters, {shuffles:,} exchanges within prompts",
        detail={"prompts": len(prompts), "largest": dict(sorted(biggest.items(), key=lambda kv: -kv[1])[:10]),
                "null": {"median": float(np.median(null)) / len(prompts),
                         "upper 5 %": float(np.quantile(null, 0.95)) / len(prompts)}},
        warnings=() if len(prompts) >= 10 else (f"only {len(prompts)} prompts: small changes go unseen",),  # noqa: PLR2004
    )  # fmt: skip


def _answers(graded: Graded) -> dict[str, list[str]]:
    """Return the kept answers of each case, one a replicate."""
    held: dict[tuple[str, float], Any] = {}
    for case, replicate, answer in zip(
        graded["case"].tolist(), graded.number("replicate").tolist(), graded["answer"].tolist(), strict=True
    ):
        if answer:
            held.setdefault((case, replicate), answer)
    made: dict[str, list[str]] = {}
    for (case, _), answer in sorted(held.items(), key=lambda kv: (kv[0][0], kv[0][1])):
        made.setdefault(case, []).append(answer)
    return made
