"""Facts: what is on record about one model, as plain values that a condition can look at.

Pure functions over a view of the records, as they stand or stood. Every field that a record's shape knows is filled,
blank where nothing is on record, so that a condition decides instead of stumbling. ``derived`` holds what a condition
could say only awkwardly; see :mod:`secondline.policy.derived`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal, Protocol, get_args, get_origin

from pydantic import BaseModel

from secondline.govern import duties
from secondline.govern.act import Look
from secondline.govern.record import RECORDS, merged
from secondline.policy.derived import FARTHEST, Ways, derive, unexplained, valid
from secondline.policy.documents import load_text

LISTS: dict[str, str] = {
    "versions": "version", "uses": "use", "scopes": "scope", "ratings": "rating", "validations": "validation",
    "findings": "finding", "approvals": "approval", "passes": "pass", "changes": "change",
    "limitations": "limitation", "assumptions": "assumption", "overlays": "overlay", "exemptions": "exemption",
    "waivers": "waiver", "evidence": "evidence", "attestations": "attestation", "monitoring": "monitoring",
    "runs": "run", "plans": "plan", "challenges": "challenge", "requests": "request", "reviews": "review",
    "reliances": "reliance", "deployments": "deployment", "judges": "judge",
}  # fmt: skip
"""The facts of a model that are lists of records, and the kind of record."""

SUPPLY: dict[str, str] = {"links_in": "link", "links_out": "link", "sources": "source"}
WORST = ("failed", "errored", "inconclusive", "passed", "reported", "not_applicable")
AT_ONCE = 500
FEW = 100
"""Of so many models the links are followed from each; of more, all links are read at once."""


class Estate(Look, Protocol):
    """A view that can count as well."""

    def count(self, record: str, by: Sequence[str] = (), where: Mapping[str, Any] | None = None) -> dict[Any, int]:
        """Return how many records there are for each value of the facets in *by*."""
        ...

    def unknown(self, record: str, facet: str) -> list[str]:
        """Return the names of records of another kind that a facet holds and that are on no list."""
        ...


def facts(look: Look, model_id: str, today: str, bank: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the facts of one model, with everybody who ever built or owned it counted for independence."""
    ((_, raw),) = _raw(look, [model_id], unexplained(_links(look, {f"model/{model_id}"})))
    raw["bank"] = dict(bank) if bank is not None else firm(look, today)
    raw["first_line"] = {
        "developers": sorted(duties.developers(look, model_id)), "owners": sorted(duties.owners(look, model_id)),
    }  # fmt: skip
    return assemble(raw, today)


def many(
    look: Look, models: Sequence[str], today: str, bank: Mapping[str, Any] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield id and facts of many models, by a constant number of queries for each kind of record and 500 models.

    Independence is judged by who stands in the documents; :func:`facts` looks into their history as well.
    """
    shared = dict(bank) if bank is not None else firm(look, today)
    few = len(models) <= FEW
    links = _links(look, {f"model/{m}" for m in models}) if few else _find(look, "link", state="active")
    ways = unexplained(links)
    for start in range(0, len(models), AT_ONCE):
        for id_, raw in _raw(look, models[start : start + AT_ONCE], ways):
            yield id_, assemble({**raw, "bank": shared}, today)


def firm(look: Look, today: str) -> dict[str, Any]:
    """Return what every model shares: firm-wide evidence, adoptions and people."""
    evidence = _find(look, "evidence", model="")
    return {
        "evidence": evidence,
        "adoptions": _find(look, "adoption"),
        "people": _find(look, "person"),
        "waivers": _find(look, "waiver", model=""),
        **valid(evidence, today),
    }


def bank_facts(look: Estate, today: str) -> dict[str, Any]:
    """Return the facts for controls about the bank: ``bank`` and ``today``."""
    listed = look.count("model", by=("family",))
    unlisted = {*look.unknown("run", "model"), *look.unknown("plan", "model")}
    bank = firm(look, today) | {
        "models": sum(listed.values()),
        "families": sorted(str(family) for family in listed),
        "unlisted": sorted(unlisted),
        "methods": _find(look, "model", kind="method"),
    }
    return {"bank": bank, "today": today}


def assemble(raw: Mapping[str, Any], today: str) -> dict[str, Any]:
    """Return the facts made of a model's raw records: adds ``checks``, ``today`` and ``derived``."""
    runs = sorted(raw["runs"], key=lambda run: str(run.get("finished_at", "")))
    checks = raw.get("checks") or (outcomes(runs[-1]) if runs else {})
    known = {**raw, "checks": dict(checks), "today": today}
    found = {name: value for name, value in known.items() if name not in {"first_line", "ways", "plans", "reliances"}}
    return found | {"derived": derive(known, today, blank)}


def outcomes(run: Mapping[str, Any]) -> dict[str, str]:
    """Return the worst outcome of each check of a run; ``reported`` is a number that no limit judges."""
    limited = run.get("limits") or {}
    found: dict[str, str] = {}
    for code, places in (run.get("outcomes") or {}).items():
        worst = min(places.values(), key=WORST.index)
        found[code] = "reported" if worst == "not_applicable" and code not in limited else worst
    return found


def blank(record: str) -> dict[str, Any]:
    """Return a record of which nothing is known: every field there, and empty."""
    return {"id": "", "state": "", "seq": 0, **_blank(record)}


@cache
def _blank(record: str) -> dict[str, Any]:
    kind = RECORDS.get(record)
    if kind is None:
        return {}
    return {
        name: _plain(field.get_default(call_default_factory=True), field.annotation)
        for name, field in kind.shape.model_fields.items()
    }


def _plain(value: Any, annotation: Any) -> Any:
    """Return a default as JSON holds it; what is unset becomes the empty value of its type, a number stays unknown."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, (str, int, float, bool, dict)):
        return value
    kinds = {get_origin(part) or part for part in (get_args(annotation) or (annotation,))}
    if get_origin(annotation) in {tuple, list} or kinds & {tuple, list}:
        return []
    if get_origin(annotation) is dict or dict in kinds:
        return {}
    return "" if kinds & {str, date, Literal} or get_origin(annotation) is Literal else None


def filled(record: str, doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with every field its shape knows."""
    return blank(record) | dict(doc)


def _find(look: Look, record: str, **equal: Any) -> list[dict[str, Any]]:
    return [filled(record, doc) for doc in look.find(record, **equal)] if record in RECORDS else []


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[i : i + AT_ONCE] for i in range(0, len(names), AT_ONCE))


def _raw(look: Look, models: Sequence[str], ways: Ways) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield id and raw records of at most 500 models."""
    entries = {m["id"]: m for m in _find(look, "model", id__in=list(models))}
    lists = {name: _by(_find(look, record, model__in=list(models)), "model") for name, record in LISTS.items()}
    ends = [f"model/{name}" for name in models]
    into, out = _by(_find(look, "link", to__in=ends), "to"), _by(_find(look, "link", frm__in=ends), "frm")
    sources = _sources(look, into)
    for name, end in zip(models, ends, strict=True):
        fed = [str(link["frm"]).removeprefix("source/") for link in into[end] if link["state"] == "active"]
        yield name, {
            "model": entries.get(name) or {**blank("model"), "id": name},
            **{key: found[name] for key, found in lists.items()},
            "links_in": into[end], "links_out": out[end], "ways": ways,
            "sources": [sources[source] for source in fed if source in sources],
        }  # fmt: skip


def _by(docs: Iterable[dict[str, Any]], field: str) -> defaultdict[str, list[dict[str, Any]]]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for doc in docs:
        found[str(doc.get(field, ""))].append(doc)
    return found


def _sources(look: Look, into: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    given = {str(link["frm"]) for links in into.values() for link in links}
    names = sorted(end.removeprefix("source/") for end in given if end.startswith("source/"))
    return {doc["id"]: doc for some in _chunks(names) for doc in _find(look, "source", id__in=list(some))}


def _links(look: Look, ends: Collection[str]) -> list[dict[str, Any]]:
    """Return the active links that a cycle through one of these ends could be made of."""
    found: list[dict[str, Any]] = []
    edge, seen = set(ends), set(ends)
    for _ in range(FARTHEST):
        step = [x for some in _chunks(sorted(edge)) for x in _find(look, "link", state="active", frm__in=list(some))]
        found += step
        edge = {str(link["to"]) for link in step} - seen
        seen |= edge
        if not edge:
            break
    return found


def exemplary(partial: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of an example: what it states, laid over a plausible approved model of tier 2.

    Lists replace lists, each entry laid over a neutral one; ``checks`` and other mappings merge, null takes away.
    What follows is derived again, and then what the example itself says under ``derived`` holds.
    """
    ground = _neutral()
    lists: dict[str, list[dict[str, Any]]] = {name: ground.get(name, []) for name in (*LISTS, *SUPPLY)}
    pattern = {name: docs[0] for name, docs in lists.items() if docs} | ground["patterns"]
    stated = {
        name: [_laid(pattern.get(name, {}), one) for one in partial[name]] for name in lists if name in partial
    }  # fmt: skip
    today = str(partial.get("today", ground["today"]))
    bank = {**ground["bank"], **valid(ground["bank"]["evidence"], today)}
    every = {**LISTS, **SUPPLY}
    full = {name: [filled(every[name], doc) for doc in docs] for name, docs in (lists | stated).items()}
    raw = full | {
        "model": filled("model", _laid(ground["model"], partial.get("model", {}))),
        "checks": merged(ground["checks"], partial.get("checks", {})),
        "bank": _laid(bank, partial.get("bank", {})),
    }  # fmt: skip
    found = assemble(raw, today)
    return {**found, "derived": merged(found["derived"], partial.get("derived", {}))}


@cache
def _neutral() -> dict[str, Any]:
    text = (files("secondline.policy") / "neutral.yaml").read_text(encoding="utf-8")
    content, _ = load_text(text, "neutral facts")
    return dict(content)


def _laid(ground: Any, stated: Any) -> Any:
    """Return what is stated laid over its like; null means that nothing is there."""
    if stated is None:
        return type(ground)() if isinstance(ground, (str, list, dict, int, float)) else None
    if isinstance(stated, Mapping) and isinstance(ground, Mapping):
        return {**ground, **{name: _laid(ground.get(name), value) for name, value in stated.items()}}
    if isinstance(stated, list) and isinstance(ground, list) and ground and isinstance(ground[0], Mapping):
        return [_laid(ground[0], one) if isinstance(one, Mapping) else one for one in stated]
    return stated
