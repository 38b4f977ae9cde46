"""Cells: values as text that people read, that spreadsheets do not run, and that comes back as the same values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from secondline.core.errors import SpecError, near

EMPTY = "(empty)"
# A spreadsheet runs a cell that begins with one of these (OWASP, CSV injection).
RUNS = "=+-@\t\r\n|%"
YES, NO = {"yes", "y", "true", "1", "x", "ja", "oui"}, {"no", "n", "false", "0", "nein", "non"}
DAYS = ("%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%Y/%m/%d", "%d-%b-%Y")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[, '\u00a0\u202f]\d{3})+(\.\d+)?")
PLAIN = re.compile(r"[^;|\n,\[\]{}=]+")


def shown(value: Any) -> str | int | float:
    """Return a value as a cell; numbers stay numbers, and nothing stays empty."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, (int, float)):
        return "" if value is None else value
    if isinstance(value, (list, tuple)):
        return safe(_listed(list(value)))
    if isinstance(value, Mapping):
        return safe(json.dumps(value, ensure_ascii=False) if value else "")
    return safe(str(value))


def _listed(values: list[Any]) -> str:
    plain = all(isinstance(v, str) and PLAIN.fullmatch(v) and v == v.strip() for v in values)
    return "; ".join(values) if plain else json.dumps(values, ensure_ascii=False)


def safe(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe stands before it where needed."""
    return f"'{text}" if _tempting(text) else text


def bare(text: str) -> str:
    """Return the text as it was before :func:`safe`."""
    return text[1:] if text.startswith("'") and _tempting(text[1:]) else text


def _tempting(text: str) -> bool:
    rest = text.lstrip("'")
    return rest[:1] != "" and (rest[0] in RUNS or rest == EMPTY)


def read(cell: Any, annotation: Any, default: Any) -> Any:
    """Return a cell as a value of the type annotated, ready for a form.

    Raises:
        SpecError: the cell does not hold such a value.
    """
    if isinstance(cell, str) and cell.strip() == EMPTY:
        return default
    kind = _kind(annotation)
    reader = READERS.get(kind) or (_choice if get_origin(kind) is Literal else _whole(kind))
    return reader(cell, kind)


def _kind(annotation: Any) -> Any:
    if get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _text(cell: Any, _: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return bare(str(cell)).strip()


def _yes(cell: Any, _: Any) -> bool:
    word = str(cell).strip().casefold()
    if word in YES | NO:
        return word in YES
    raise SpecError(f"{str(cell)[:40]!r} is neither yes nor no")


def _number(cell: Any, kind: Any) -> float | int:
    text = str(cell).strip().lstrip("'")
    text = re.sub(r"[, '\u00a0\u202f]", "", text) if THOUSANDS.fullmatch(text) else text
    try:
        value = float(text)
    except ValueError as error:
        raise SpecError(f"{text[:40]!r} is no number; write it as 1234.5") from error
    return int(text) if kind is int and re.fullmatch(r"[+-]?\d+", text) else value


def _day(cell: Any, _: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    text = bare(str(cell)).strip()
    for reading in (date.fromisoformat, *(_by(pattern) for pattern in DAYS)):
        try:
            return reading(text[:10] if re.match(r"\d{4}-\d\d-\d\d[T ]", text) else text).isoformat()
        except ValueError:
            continue
    raise SpecError(f"{text[:40]!r} is no date that can be read in one way only; write it as 2026-05-31")


def _by(pattern: str) -> Callable[[str], date]:
    return lambda text: datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone


def _choice(cell: Any, kind: Any) -> str:
    allowed = [str(a) for a in get_args(kind)]
    word = re.sub(r"[\s_]+", "-", bare(str(cell)).strip().casefold())
    word = word if word in allowed else WORDS.get(word, word)
    if word not in allowed:
        raise SpecError(f"{str(cell)[:40]!r} is not known here. {near(word, allowed, 'Use: ' + ', '.join(allowed))}")
    return word


WORDS = {
    "internal": "in-house", "inhouse": "in-house", "in-house-developed": "in-house", "own": "in-house",
    "external": "vendor", "third-party": "vendor", "3rd-party": "vendor", "purchased": "vendor",
    "opensource": "open-source", "euc": "spreadsheet", "excel": "spreadsheet", "rule-engine": "tool", "rules": "tool",
    "rule": "tool", "llm": "genai", "gen-ai": "genai", "generative-ai": "genai", "ml-model": "model",
    "statistical-model": "model", "credit-risk": "credit", "market-risk": "market", "anti-money-laundering": "aml",
    "financial-crime": "aml", "ok": "green", "on-track": "green", "none": "not-monitored", "advice": "advisory",
    "human-in-the-loop": "human-decides", "human-on-the-loop": "human-reviews", "fully-automated": "automated",
    "automatic": "automated",
}  # fmt: skip


def _whole(kind: Any) -> Callable[[Any, Any], Any]:
    """Return the reader of lists and mappings: JSON, or for lists of words the words between semicolons."""
    many = get_origin(kind) is tuple and not _is_model(get_args(kind)[0])
    return _words if many else _json


def _words(cell: Any, _: Any) -> list[str]:
    text = bare(str(cell)).strip()
    if text.startswith("["):
        found: list[str] = _json(cell, None)
        return found
    return [part.strip() for part in re.split(r"[;|\n,]", text) if part.strip()]


def _json(cell: Any, _: Any) -> Any:
    text = bare(str(cell)).strip()
    if text[:1] not in {"[", "{"}:
        pairs = [part.partition("=") for part in re.split(r"[;\n]", text) if part.strip()]
        if pairs and all(mark for _, mark, _ in pairs):
            return {key.strip(): value.strip() for key, _, value in pairs}
    try:
        return json.loads(text)
    except ValueError as error:
        raise SpecError(f"{text[:40]!r} is neither JSON nor `name=value; name=value`") from error


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


READERS: dict[Any, Callable[[Any, Any], Any]] = {str: _text, bool: _yes, int: _number, float: _number, date: _day}
