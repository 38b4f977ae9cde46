"""Proofs: that one event is in the tree, and that one tree is the beginning of another (RFC 9162, 2.1.3 and 2.1.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from secondline.ledger.proof.tree import node

Subtree = Callable[[int, int], bytes]
"""The root over the leaves from one place (counted from 0) up to, not including, another."""


def _split(n: int) -> int:
    """Return the largest power of two below *n*."""
    return 1 << (n - 1).bit_length() - 1


def inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the path from leaf *index* to the root of the first *size* leaves."""
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low = middle
    return path[::-1]


def included(hashed: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether *path* proves that the leaf *hashed* has place *index* in the tree of *size* leaves with this root."""
    if not 0 <= index < size:
        return False
    fn, sn, found = index, size - 1, hashed
    for step in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            found = node(step, found)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node(found, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and found == root


def consistency(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the proof that the first *old* leaves (at least one) are the beginning of the first *size*."""
    path: list[bytes] = []
    low, high, whole = 0, size, True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low, whole = middle, False
    return ([] if whole else [subtree(low, high)]) + path[::-1]


def consistent(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether *path* proves that the tree of *old* leaves is the beginning of the tree of *size* leaves."""
    if old == size:
        return not path and old_root == root
    if not 0 < old < size or not path:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node(step, first), node(step, second)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node(second, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old_root and second == root


def empty_root() -> bytes:
    """Return the root of a tree without leaves."""
    return sha256(b"").digest()
