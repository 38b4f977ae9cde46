"""Configuration: a generative system by the digests of its parts, its hash, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Mapping

from secondline.core.canonical import digest

NONE = "none"
"""What stands for a part that is not there."""


def configuration(parts: Mapping[str, str]) -> str:
    """Return the hash of a configuration, from the digests of its parts by ``kind/name``; empty without a part."""
    return digest(dict(parts)) if parts else ""


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Return which parts differ between two configurations: ``added``, ``removed`` or ``changed``, by name."""
    said: dict[str, str] = {}
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            said[name] = "added"
        elif name not in after:
            said[name] = "removed"
        elif before[name] != after[name]:
            said[name] = "changed"
    return said


def told(differences: Mapping[str, str]) -> str:
    """Return differences in words, such as ``prompt/guide changed, tool/pay added``."""
    return ", ".join(f"{name} {what}" for name, what in differences.items())
