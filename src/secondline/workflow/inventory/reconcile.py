"""Reconcile: what runs in the world against what the inventory knows, and what is said of it against what is so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.canonical import canonical
from secondline.core.errors import DataError
from secondline.workflow.inventory.entries import hear_cells, slug
from secondline.workflow.inventory.registries import hear_mlflow, read_json

if TYPE_CHECKING:
    from secondline.ledger.records import Records
    from secondline.ledger.store import Ledger

RUNNING = frozenset({"in-use", "restricted"})
SERVED = frozenset({"approved", "in-use"})
REPORTED = frozenset({"in-use", "live", "production", "in-production", "active"})
OVER = frozenset({"decommissioned", "suspended", "out-of-scope"})
HEADS = {
    "name": ("name", "model", "model name", "id", "model id", "registered model", "job", "endpoint"),
    "version": ("version", "model version", "release"),
    "digest": ("digest", "sha256", "sha-256", "hash", "artifact hash", "artefact hash", "checksum"),
    "use": ("use", "purpose", "use case", "caller", "application"),
    "where": ("where", "system", "platform", "location", "host", "url", "cluster"),
}
# What must be looked into before the inventory can be called complete.
ALARMS = ("unknown", "other build", "use not approved", "should not run")


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that runs somewhere."""

    name: str
    version: str = ""
    digest: str = ""
    use: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which world and inventory differ."""

    kind: str
    name: str
    model: str
    what: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What a comparison found."""

    found: int
    known: int
    differences: tuple[Difference, ...]

    def of(self, kind: str) -> list[Difference]:
        """Return the differences of one kind."""
        return [d for d in self.differences if d.kind == kind]

    @property
    def clean(self) -> bool:
        """Whether nothing runs that should not, or that nobody knows."""
        return not [d for d in self.differences if d.kind in ALARMS]

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values."""
        return asdict(self) | {"differences": [asdict(d) for d in self.differences], "clean": self.clean}


def read_found(path: Path) -> list[Found]:
    """Read a list of what runs: CSV, Excel or JSON with name, version, digest, use and place; or an MLflow registry.

    Raises:
        DataError: it is none of these.
    """
    if path.is_dir():
        return _from_mlflow(path)
    if path.suffix.casefold() != ".json":
        return [_found(row, path.name) for row in hear_cells(path)]
    content = read_json(path)
    answers = content if isinstance(content, list) else [content]
    if any(isinstance(a, dict) and {"registered_models", "model_versions"} & a.keys() for a in answers):
        return _from_mlflow(path)
    listed = content.get("models", content.get("found")) if isinstance(content, dict) else content
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise DataError(f"{path.name} is no list of what runs: give a JSON list of objects with a `name`.")
    return [_found(row, path.name) for row in listed]


def _from_mlflow(path: Path) -> list[Found]:
    entries = hear_mlflow(path).entries
    versions = [e.form for e in entries if e.table == "versions"]
    having = {v.get("model") for v in versions}
    alone = [e for e in entries if e.table == "models" and e.id not in having]
    return [
        *(Found(str(v.get("model", "")), str(v.get("version", "")), str(v.get("digest", "")), "", "mlflow")
          for v in versions),
        *(Found(str(e.form.get("name", e.id)), where="mlflow") for e in alone),
    ]  # fmt: skip


def _found(row: Mapping[str, Any], file: str) -> Found:
    plain = {re.sub(r"[^a-z0-9]+", " ", str(k).casefold()).strip(): v for k, v in row.items() if v not in {None, ""}}
    heads = {field: [re.sub(r"[^a-z0-9]+", " ", w) for w in words] for field, words in HEADS.items()}
    told = {field: str(next((plain[w] for w in words if w in plain), "")).strip() for field, words in heads.items()}
    if not told["name"]:
        raise DataError(f"{file}: each thing needs a name; found a row with {', '.join(map(str, row)) or 'nothing'}.")
    told["digest"] = told["digest"].casefold().removeprefix("sha256:")
    return Found(**told)


def _spelt(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", slug(name))


class _Inventory:
    """The inventory as a place to look things up in: by id, other name, or digest."""

    def __init__(self, records: Records) -> None:
        self.models = {m["id"]: m for m in records.find("model")}
        self.names: dict[str, str] = {}
        for id_, model in self.models.items():
            for name in (id_, model["name"], *model.get("aliases", ())):
                self.names.setdefault(name.casefold(), id_)
                self.names.setdefault(_spelt(name), id_)
        versions = records.find("version")
        self.versions = {(v["model"], v["version"].casefold()): v for v in versions}
        self.digests = {v["digest"]: v for v in versions if v.get("digest")}
        self.uses: dict[str, list[dict[str, Any]]] = {}
        for use in records.find("use"):
            self.uses.setdefault(use["model"], []).append(use)

    def model_of(self, found: Found) -> str:
        by_digest = self.digests.get(found.digest)
        named = self.names.get(found.name.casefold()) or self.names.get(_spelt(found.name)) or ""
        return named or (by_digest["model"] if by_digest else "")


def reconcile(records: Records, found: Iterable[Found]) -> Reconciliation:
    """Compare what runs with the inventory.

    Unknown: runs, but no model has that name, other name or digest. Missing: in use by the inventory, but not found.
    Other build: the digest is not the version's. Not approved: the version, or the use. Should not run: the model is
    suspended, decommissioned or out of scope.
    """
    inventory, everything = _Inventory(records), list(found)
    differences: list[Difference] = []
    seen: set[str] = set()
    for one in everything:
        model = inventory.model_of(one)
        seen.add(model)
        differences += _of(inventory, one, model) if model else [
            Difference("unknown", one.name, "", _place(one, "no model of the inventory has this name or digest"))
        ]  # fmt: skip
    gone = [(m, how) for id_, m in inventory.models.items() if id_ not in seen and (how := _said_to_run(m))]
    differences += [Difference("missing", m["name"], m["id"], f"is {how}, but was not found") for m, how in gone]
    known = sum(bool(inventory.model_of(one)) for one in everything)
    return Reconciliation(len(everything), known, tuple(dict.fromkeys(differences)))


def _said_to_run(model: Mapping[str, Any]) -> str:
    """Return how the inventory says that a model runs: by its state, or as the old system reported it."""
    if model["state"] in RUNNING:
        return str(model["state"])
    reported = str(model.get("reported_state", ""))
    return f"reported as {reported!r}" if _spelt(reported) in REPORTED and model["state"] not in OVER else ""


def _place(one: Found, text: str) -> str:
    return f"{text} (found in {one.where})" if one.where else text


def _of(inventory: _Inventory, one: Found, model: str) -> list[Difference]:
    entry = inventory.models[model]
    said: list[tuple[str, str]] = []
    if entry["state"] in OVER:
        said.append(("should not run", f"the model is {entry['state']}"))
    said += _build(inventory, one, model)
    if one.use:
        said += _use(inventory.uses.get(model, []), one.use)
    return [Difference(kind, one.name, model, _place(one, text)) for kind, text in said]


def _build(inventory: _Inventory, one: Found, model: str) -> list[tuple[str, str]]:
    version = inventory.versions.get((model, one.version.casefold())) if one.version else None
    by_digest = inventory.digests.get(one.digest) if one.digest else None
    if one.version and version is None:
        return [("other build", f"version {one.version} is not on record")]
    if one.digest and version and version.get("digest") and version["digest"] != one.digest:
        return [("other build", f"digest {one.digest[:12]} is not that of {version['id']} ({version['digest'][:12]})")]
    if one.digest and not version and (by_digest is None or by_digest["model"] != model):
        return [("other build", f"no version of the model has the digest {one.digest[:12]}")]
    served = version or by_digest
    if served and served["state"] not in SERVED:
        return [("version not approved", f"{served['id']} is {served['state']}")]
    return []


def _use(uses: list[dict[str, Any]], wanted: str) -> list[tuple[str, str]]:
    mine = [u for u in uses if _spelt(wanted) in {_spelt(u["name"]), _spelt(u["id"])}]
    if not mine:
        named = ", ".join(repr(u["name"]) for u in uses[:3]) or "none"
        return [("use not approved", f"used for {wanted!r}; uses on record: {named}")]
    best = [u["state"] for u in mine]
    return [] if {"approved", "restricted"} & set(best) else [("use not approved", f"{wanted!r} is {best[-1]}")]


def file_survey(ledger: Ledger, result: Reconciliation, source: str, actor: str, day: str) -> str:
    """File a comparison as evidence of an identification survey; returns the evidence's id."""
    content = canonical({"source": source, **result.as_dict()}).encode()
    form = {
        "kind": "identification-survey",
        "title": f"Inventory against {source}",
        "on": day,
        "object": ledger.objects.put(content),
        "file": "reconciliation.json",
        "size": len(content),
        "note": f"{result.found} found, {result.known} known, {len(result.of('unknown'))} unknown.",
    }
    return ledger.act("evidence.filed", actor, "", form).id
