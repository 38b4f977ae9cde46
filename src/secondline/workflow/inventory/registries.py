"""Registries: what MLflow and model-ledger know, read from files they or their users write."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from secondline.core.errors import DataError
from secondline.policy.documents import load
from secondline.workflow.inventory.entries import Entry, Heard, entry, slug, text_of

DIGEST = re.compile(r"[0-9a-f]{64}")
DIGEST_TAGS = ("sha256", "digest", "artifact_sha256", "secondline.digest")
OWNER_TAGS = ("owner", "model_owner", "secondline.owner")


def hear_mlflow(path: Path) -> Heard:
    """Read an MLflow registry: its file store's folder, or JSON saved from its REST interface.

    JSON is what ``registered-models/search`` or ``model-versions/search`` answers, or a list of such answers (pages).

    Raises:
        DataError: it is neither.
    """
    models, versions = _store(path) if path.is_dir() else _answers(path)
    if not models and not versions:
        raise DataError(
            f"{str(path)!r} holds no registered models. Give the folder of the file store "
            "(the one that holds `models/`) or the saved answer of registered-models/search."
        )
    named = {str(m.get("name", "")): m for m in models}
    for version in versions:
        named.setdefault(str(version.get("name", "")), {"name": version.get("name", "")})
    entries = [_model(m, f"registered model {name!r}") for name, m in named.items()]
    entries += [_version(v, f"version {v.get('version')} of {v.get('name')!r}") for v in versions]
    return Heard(tuple(entries))


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        DataError: it cannot be read, or is no JSON.
    """
    try:
        return json.loads(text_of(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path.name} is no JSON: {error}.") from error


def _answers(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    content = read_json(path)
    models: list[dict[str, Any]] = []
    versions: dict[tuple[str, str], dict[str, Any]] = {}
    for answer in content if isinstance(content, list) else [content]:
        if not isinstance(answer, dict):
            raise DataError(f"{path.name}: an answer of MLflow is a JSON object; got {str(answer)[:40]!r}.")
        if answer.get("next_page_token") and not isinstance(content, list):
            raise DataError(f"{path.name} is one page of several (next_page_token). Save all pages as a JSON list.")
        found = _objects(answer.get("registered_models"))
        models += found
        latest = [v for m in found for v in _objects(m.get("latest_versions"))]
        for version in (*latest, *_objects(answer.get("model_versions"))):
            versions[str(version.get("name")), str(version.get("version"))] = version
    return models, list(versions.values())


def _objects(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _store(root: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    root = root if (root / "models").is_dir() else root / "mlruns"
    models, versions = [], []
    for meta in sorted(root.glob("models/*/meta.yaml")):
        models.append(_meta(meta) | {"tags": _files(meta.parent / "tags"), "aliases": _files(meta.parent / "aliases")})
        of_model = sorted(meta.parent.glob("version-*/meta.yaml"))
        versions += [_meta(one) | {"tags": _files(one.parent / "tags")} for one in of_model]
    return models, versions


def _meta(path: Path) -> dict[str, Any]:
    content, _ = load(path)
    if not isinstance(content, dict):
        raise DataError(f"{path} holds no fields. It is no meta.yaml of MLflow.")
    return content


def _files(folder: Path) -> list[dict[str, str]]:
    return [{"key": f.name, "value": text_of(f).strip()} for f in sorted(folder.glob("*")) if f.is_file()]


def _tags(thing: Mapping[str, Any]) -> dict[str, str]:
    return {str(t.get("key")): str(t.get("value", "")) for t in _objects(thing.get("tags"))}


def _model(thing: Mapping[str, Any], where: str) -> Entry:
    name, tags = str(thing.get("name", "")), _tags(thing)
    owner = next((tags[t] for t in OWNER_TAGS if tags.get(t)), "")
    form = {"name": name, "description": str(thing.get("description") or ""), "owner": owner, "tags": ["mlflow"]}
    form["aliases"] = [name] if slug(name) != name else []
    return entry("models", slug(name), {k: v for k, v in form.items() if v}, where)


def _version(thing: Mapping[str, Any], where: str) -> Entry:
    tags, name = _tags(thing), slug(str(thing.get("name", "")))
    digest = next((tags[t] for t in DIGEST_TAGS if DIGEST.fullmatch(tags.get(t, ""))), "")
    form = {
        "model": name,
        "version": str(thing.get("version", "")),
        "digest": digest,
        "developers": [str(thing["user_id"])] if thing.get("user_id") else [],
        "commit": tags.get("mlflow.source.git.commit", ""),
        "runtime": str(thing.get("source") or "")[:120],
        "description": str(thing.get("description") or ""),
    }
    return entry("versions", "", {k: v for k, v in form.items() if v}, where)


def hear_model_ledger(path: Path) -> Heard:
    """Read model-ledger's inventory: the folder of its JSON back end, or one JSON file of models and snapshots.

    Its dependencies are snapshots of type ``depends_on`` that name the model upstream.

    Raises:
        DataError: it is neither.
    """
    models, snapshots = _ledger_folder(path) if path.is_dir() else _ledger_file(path)
    if not models:
        raise DataError(f"{str(path)!r} holds no models of model-ledger (a folder with `models/`, or JSON).")
    ids = {str(m.get("model_hash", "")): slug(str(m.get("name", ""))) for m in models}
    entries = [_ledger_model(m) for m in models]
    return Heard((*entries, *_ledger_links(snapshots, ids)))


def _ledger_folder(root: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return tuple([read_json(f) for f in sorted(root.glob(f"{part}/*.json"))] for part in ("models", "snapshots"))  # type: ignore[return-value]  # two parts


def _ledger_file(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    content = read_json(path)
    if isinstance(content, list):
        return _objects(content), []
    if not isinstance(content, dict):
        raise DataError(f"{path.name} holds neither a list of models nor an object with `models`.")
    return _objects(content.get("models")), _objects(content.get("snapshots"))


ORIGINS = {"internal": "in-house", "vendor": "vendor", "third_party": "vendor", "open_source": "open-source"}


def _ledger_model(thing: Mapping[str, Any]) -> Entry:
    name = str(thing.get("name", ""))
    form = {
        "name": name,
        "description": str(thing.get("purpose") or ""),
        "owner": str(thing.get("owner") or ""),
        "method": str(thing.get("model_type") or "")[:200],
        "origin": ORIGINS.get(str(thing.get("model_origin", "internal")).casefold(), ""),
        "reported_tier": str(thing.get("tier") or "")[:80],
        "reported_state": str(thing.get("status") or "")[:80],
        "aliases": [str(thing["model_hash"])] if thing.get("model_hash") else [],
        "tags": ["model-ledger"],
    }
    return entry("models", slug(name), {k: v for k, v in form.items() if v}, f"model {name!r}")


def _ledger_links(snapshots: list[dict[str, Any]], ids: Mapping[str, str]) -> Iterator[Entry]:
    """Yield dependencies: the snapshot belongs to the model that depends, its payload names what it depends on."""
    for one in snapshots:
        payload = one.get("payload")
        if one.get("event_type") != "depends_on" or not isinstance(payload, dict):
            continue
        up = ids.get(str(payload.get("upstream_hash", "")), "") or slug(str(payload.get("upstream") or ""))
        down = ids.get(str(one.get("model_hash", "")), "")
        if up and down:
            form = {"frm": f"model/{up}", "to": f"model/{down}", "kind": "feeds"}
            yield entry("dependencies", "", form, f"snapshot {str(one.get('snapshot_hash', ''))[:12]}")
