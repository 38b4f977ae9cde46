"""Rendering: templates with the words every page uses; all text is escaped."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from secondline import __version__
from secondline.govern.act import ACTS
from secondline.govern.record import RECORDS
from secondline.govern.roles import ROLES
from secondline.web import forms
from secondline.web.seen import Seen
from secondline.web.views import words

HERE = Path(__file__).parent
MOST_TOLD = 20
"""Events of a history that are shown at once; earlier ones open on demand."""
DIGEST = re.compile(r"[0-9a-f]{64}")
GOOD = {"approved", "in-use", "active", "closed", "signed", "accepted", "provided", "answered", "granted", "adopted",
        "finished", "validated", "passed", "settled", "opined", "given", "made", "filed", "fixed", "compliant",
        "decided", "implemented", "agreed", "met", "green", "eligible"}  # fmt: skip
BAD = {"suspended", "rejected", "refused", "revoked", "disputed", "failed", "overdue", "critical", "major", "escalated",
       "restricted", "expired", "violated", "not-met", "errored", "red", "stop"}  # fmt: skip
QUIET = {"left", "ended", "retired", "withdrawn", "superseded", "cancelled", "decommissioned", "out-of-scope", "exempt",
         "draft", "not-applicable"}  # fmt: skip
TIERS = {0: "not rated", 1: "highest", 2: "high", 3: "moderate", 4: "low"}
SEVERITY_TONES = {"critical": "bad", "major": "bad", "medium": "unsure", "low": "muted"}


def tone(state: str) -> str:
    """Return how a state looks: good, bad, muted, or unsure for whatever is under way."""
    return "good" if state in GOOD else "bad" if state in BAD else "muted" if state in QUIET else "unsure"


def day(value: object) -> str:
    """Return the day of an instant or date, as people read it."""
    return str(value or "")[:10]


def instant(value: object) -> str:
    """Return an instant to the minute, in UTC."""
    return str(value or "")[:16].replace("T", " ")


def lower_first(text: str) -> str:
    """Return a title as it reads within a sentence."""
    return text[:1].lower() + text[1:]


def kind_of(id_: object) -> str:
    """Return the kind of record that an id such as F-12 is of, or nothing."""
    prefix, dash, number = str(id_).partition("-")
    known = {record.prefix: record.name for record in RECORDS.values() if record.prefix}
    return known.get(prefix, "") if dash and number.isdecimal() else ""


def is_digest(text: str) -> bool:
    """Whether a text is a SHA-256 in hexadecimal: too long to read, so it is shown by its beginning."""
    return DIGEST.fullmatch(text) is not None


@cache
def static(name: str) -> str:
    """Return the address of a file of ours, which changes when its content does."""
    content = (HERE / "static" / name).read_bytes()
    return f"/static/{name}?v={sha256(content).hexdigest()[:12]}"


def markup(text: str) -> Markup:
    """Return markup of our own making (a chart) as such."""
    return Markup(text)  # noqa: S704 - only ever given what we drew


@cache
def environment() -> Environment:
    """Return the templates."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters.update(words=words, day=day, instant=instant, lower_first=lower_first)
    made.tests.update(digest=is_digest)
    made.globals.update(
        ACTS=ACTS, RECORDS=RECORDS, ROLES=ROLES, TIERS=TIERS, SEVERITY_TONES=SEVERITY_TONES, forms=forms, tone=tone,
        kind_of=kind_of, MOST_TOLD=MOST_TOLD,
        static=static, product="secondline", release=__version__,
    )  # fmt: skip
    return made


def rendered(template: str, seen: Seen, **context: Any) -> str:
    """Return a template filled in."""
    return environment().get_template(template).render(seen=seen, **context)
