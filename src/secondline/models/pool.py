"""A pool: several processes that hold one model, so that batches are scored at the same time and leave in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TypeVar

from secondline.models.model import Columns, Floats, Model

Batch = TypeVar("Batch")
AHEAD = 1
"""Batches that wait, read already, while every process is busy."""


@contextmanager
def pool(make: Callable[[], Model], size: int) -> Iterator[list[Model]]:
    """Open *size* models at the same time, and close them all at the end or when one cannot be opened."""
    models: list[Model] = []
    try:
        with ThreadPoolExecutor(size) as opening:
            for future in [opening.submit(make) for _ in range(size)]:
                try:
                    models.append(future.result())
                except Exception:
                    opening.shutdown(wait=True, cancel_futures=True)
                    raise
        yield models
    finally:
        for model in models:
            model.close()


def scored(
    models: list[Model], batches: Iterable[Batch], columns: Callable[[Batch], Columns], rows: Callable[[Batch], int]
) -> Iterator[tuple[Batch, Floats]]:
    """Yield each batch with its scores, in order; at most one batch more than there are models is held at a time."""
    free: SimpleQueue[Model] = SimpleQueue()
    for model in models:
        free.put(model)

    def score(batch: Batch) -> Floats:
        model = free.get()
        try:
            return model.score(columns(batch), rows(batch))
        finally:
            free.put(model)

    waiting: deque[tuple[Batch, Future[Floats]]] = deque()
    with ThreadPoolExecutor(len(models)) as busy:
        try:
            for batch in batches:
                waiting.append((batch, busy.submit(score, batch)))
                if len(waiting) > len(models) + AHEAD - 1:
                    yield _first(waiting)
            while waiting:
                yield _first(waiting)
        finally:
            busy.shutdown(wait=False, cancel_futures=True)


def _first(waiting: deque[tuple[Batch, Future[Floats]]]) -> tuple[Batch, Floats]:
    batch, found = waiting.popleft()
    return batch, found.result()
