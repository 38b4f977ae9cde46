"""Records: the kinds of things that are governed, each a typed document whose history is events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, create_model

from secondline.core.errors import SpecError, near

LONGEST_TEXT = 20_000


class Form(BaseModel):
    """What a person states when acting: typed, bounded, nothing unknown."""

    model_config = ConfigDict(
        extra="forbid", allow_inf_nan=False, str_strip_whitespace=True, str_max_length=LONGEST_TEXT, frozen=True
    )


class Doc(Form):
    """A record as it stands: the fields that acts have set, and the state of its life."""

    state: str = Field(default="", description="Where it stands in its life.")


class Nothing(Form):
    """A form without questions: the act says it all."""


@dataclass(frozen=True, slots=True)
class Record:
    """A kind of record.

    ``facets`` are the fields that lists filter, sort and count by; single values only. ``prefix`` numbers the records
    (``F-17``); without one, whoever makes a record names it.
    """

    name: str
    title: str
    plural: str
    shape: type[Doc]
    facets: tuple[str, ...] = ()
    prefix: str = ""

    def kind(self, facet: str) -> type:
        """Return the plain type of a facet: int, float, bool or str (dates are text in ISO order)."""
        found = _plain(self.shape.model_fields[facet].annotation)
        return found if found in {int, float, bool} else str

    @property
    def days(self) -> tuple[str, ...]:
        """The facets that hold a day: lists sort by them within a state."""
        return tuple(f for f in self.facets if date in _kinds(self.shape.model_fields[f].annotation))


def _kinds(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) or (annotation,)


def _plain(annotation: Any) -> Any:
    inner = [part for part in get_args(annotation) if part is not type(None)]
    return _plain(inner[0]) if len(inner) == 1 and isinstance(inner[0], type) else annotation


RECORDS: dict[str, Record] = {}
RESERVED = {"id", "seq", "state", "since", "until"}
"""Names that lists use for the record's own standing, so that no facet may have them."""


def declare(record: Record) -> Record:
    """Enter a kind of record in the law."""
    fields = set(record.shape.model_fields) - RESERVED
    unknown = [facet for facet in record.facets if facet not in fields]
    if record.name in RECORDS or unknown:
        raise ValueError(f"Record {record.name!r} is declared twice or has unknown facets {unknown}.")
    RECORDS[record.name] = record
    return record


def find_record(name: str) -> Record:
    """Return a kind of record by name.

    Raises:
        SpecError: there is none.
    """
    if name not in RECORDS:
        raise SpecError(f"There are no records called {name!r}. {near(name, RECORDS, ', '.join(sorted(RECORDS)))}")
    return RECORDS[name]


def partly(form: type[Form], name: str) -> type[Form]:
    """Return *form* with every question optional: for corrections, where only what is stated changes."""
    fields: dict[str, Any] = {
        key: (field.annotation | None, Field(default=None, description=field.description))  # type: ignore[operator]  # annotations are types here
        for key, field in form.model_fields.items()
    }
    return create_model(name, __base__=Form, __doc__=form.__doc__, **fields)


def merged(doc: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return *doc* with *changes* laid over it: nested mappings merge, null removes (RFC 7396)."""
    result = dict(doc)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            under = result.get(key)
            result[key] = merged(under if isinstance(under, Mapping) else {}, value)
        else:
            result[key] = value
    return result
