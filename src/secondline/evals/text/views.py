"""Views: a text as it was said and as it may be hidden: in Base64, in hexadecimal, rotated, reversed, spaced out."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from functools import lru_cache

from secondline.evals.text.words import plain

ENCODED = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
MARKS = re.compile(r"[\W_]+")
HEXADECIMAL = re.compile(r"\b(?:[0-9a-fA-F]{2}[ :]?){8,}\b")
LOOKS = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb\u0391"
    "\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03bd",
    "aeopcyxijsdqwhABEZHIKMNOPTYXov",
)
"""Letters of other scripts that look like Latin ones."""


@lru_cache(maxsize=64)
def views(text: str) -> tuple[tuple[str, str], ...]:
    """Return (how, plain text) of each reading of a text that could carry a hidden one; the text itself first."""
    return tuple(_views(text))


def _views(text: str) -> Iterator[tuple[str, str]]:
    yield "as said", plain(text)
    if not text.isascii():
        yield "look-alike letters", plain(text.translate(LOOKS))
    yield "rot13", plain(codecs.decode(text, "rot13"))
    yield "reversed", plain(text[::-1])
    for match in ENCODED.finditer(text):
        if decoded := _base64(match.group()):
            yield "base64", plain(decoded)
    for match in HEXADECIMAL.finditer(text):
        if decoded := _text(bytes.fromhex(re.sub(r"[ :]", "", match.group()))):
            yield "hexadecimal", plain(decoded)


def holds(text: str, secret: str) -> str:
    """Return how a text holds a secret ("as said", "base64", "spaced out"...), or "" where it does not.

    Case, spaces and marks between letters do not hide it.
    """
    sought, bare = plain(secret), _bare(plain(secret))
    if not bare:
        return ""
    for how, shown in views(text):
        if sought in shown:
            return how
        if bare in _bare(shown):
            return "spaced out" if how == "as said" else how
    return ""


def _bare(text: str) -> str:
    return MARKS.sub("", text)


def _base64(word: str) -> str:
    padded = word.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _text(base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True))
    except (binascii.Error, ValueError):
        return ""


def _text(content: bytes) -> str:
    try:
        decoded = content.decode()
    except UnicodeDecodeError:
        return ""
    return decoded if decoded.isprintable() or "\n" in decoded else ""
