"""Gate: may this version be used for this, today? Three answers, every reason proved, offline as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from secondline.core.canonical import digest_bytes
from secondline.core.declared.configuration import changed, configuration, told
from secondline.core.errors import LedgerError, SpecError
from secondline.ledger.passes import NotGenuine, opened, read_keys, trusted_keys
from secondline.ledger.store import Ledger
from secondline.policy.documents import read_spec
from secondline.workflow.approving import find_use
from secondline.workflow.configured import held_against, parts_of, raised
from secondline.workflow.controls import policy_reasons
from secondline.workflow.proofs import Case, answers
from secondline.workflow.store import open_store
from secondline.workflow.verdict import Reason, Verdict

SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Artefact:
    """The bytes of a model, read once, and their digest: whoever loads the model loads these bytes, not the file."""

    content: bytes
    digest: str


def read_once(path: Path) -> Artefact:
    """Return the bytes of a file and their digest, from one reading.

    Raises:
        SpecError: it cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SpecError(f"Cannot read the artefact {str(path)!r}: {error.strerror or error}.") from error
    return Artefact(content, digest_bytes(content))


def split(name: str) -> tuple[str, str]:
    """Return model and version of ``MODEL@VERSION``.

    Raises:
        SpecError: it is not of that form.
    """
    model, at, version = name.partition("@")
    if not (model and at and version):
        raise SpecError(f"Name what should pass as MODEL@VERSION, such as retail-pd@2.3.0; got {name!r}.")
    return model, version


def gate(
    ledger: Ledger, name: str, use: str, *, artefact: Artefact | None = None, shown: bytes | None = None,
    as_of: str = "", keys: tuple[str, ...] = (), running: Mapping[str, str] | None = None,
) -> Verdict:  # fmt: skip
    """Ask the ledger whether a version may be used; *shown* is the file of a pass that someone holds.

    *running* are the parts of a generative system as it runs, by digest (`evals.components.fingerprint`).

    Time never runs backwards: a clock set back counts as the time of the ledger's last event.
    """
    model, version = split(name)
    look = ledger.as_of(as_of) if as_of else ledger.records
    newest = look.events(limit=1, newest_first=True)
    head = {"seq": newest[0].seq, "seal": newest[0].seal} if newest else {}
    instant = f"{as_of[:10]}T00:00:00Z" if as_of else max(ledger.clock(), newest[0].at if newest else "")
    trusted = keys or trusted_keys(ledger.keys)
    extra: tuple[Reason, ...] = ()
    id_ = ""
    if shown is not None:
        payload, problem = _opened(shown, trusted)
        id_ = str(payload.get("pass", "?"))
        extra = (problem,) if problem else ()
    use_id = use if look.get("use", use) or look.get("model", model) is None else find_use(look, model, use)
    case = Case(look, model, version, use_id, instant[:10], trusted, artefact.digest if artefact else "", id_,
                running)  # fmt: skip
    reasons, kind = (*extra, *answers(case), *_controls(case)), str(case.approval.get("kind", "normal"))
    return Verdict(
        model, version, use_id, instant, reasons, kind, _until(case),
        str(case.built.get("digest", "")), (*case.approval.get("conditions", ()), *case.issued.get("limits", ())),
        "ledger", head,
    )  # fmt: skip


def _controls(case: Case) -> tuple[Reason, ...]:
    return tuple(policy_reasons(case.look, case.model, case.today)) if case.entry else ()


def _until(case: Case) -> str:
    ends = [str(doc["expires"]) for doc in (case.approval, case.issued) if doc.get("expires")]
    return min(ends, default="")


def _opened(content: bytes, keys: tuple[str, ...]) -> tuple[dict[str, Any], Reason | None]:
    try:
        return opened(content, keys, "secondline-pass-1"), None
    except NotGenuine as error:
        said = Reason("pass file", "MRM-APR-02", "no", str(error), "", "Export the pass again from the ledger.")
        return {}, said


def gate_offline(
    name: str, use: str, shown: bytes, keys: tuple[str, ...], *, artefact: Artefact | None = None,
    stopped: bytes | None = None, now: str = "", running: Mapping[str, str] | None = None,
) -> Verdict:  # fmt: skip
    """Judge by a pass file and the public key alone: fewer proofs, and the verdict says which."""
    model, version = split(name)
    instant = now or datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    payload, problem = _opened(shown, keys)
    if problem:
        return Verdict(model, version, use, instant, (problem,), source="pass file")
    lists, list_problem = _listed(stopped, keys)
    instant = max(instant, str(payload["issued"]), str(lists.get("issued", "")))
    parted = payload.get("components") or running is not None
    reasons = [Reason("pass file", "MRM-APR-02", "yes", f"{payload['pass']} is as issued and signed",
                      f"ledger event {payload['head']['seq']}"), *_says(payload, model, version, use, instant[:10]),
               _configured(payload, running) if parted else _bytes(payload, artefact),
               list_problem or _stopped(payload, lists, instant), _not_asked()]  # fmt: skip
    return Verdict(
        model, version, use, instant, tuple(reasons), str(payload["kind"]), str(payload["expires"]),
        str(payload["digest"]), (*payload["conditions"], *_limits(payload, lists)), "pass file", dict(payload["head"]),
    )  # fmt: skip


def _limits(payload: Mapping[str, Any], lists: Mapping[str, Any]) -> list[Any]:
    """Return the further conditions that the list puts on a pass."""
    mine = (p for p in lists.get("passes", ()) if p["pass"] == payload["pass"])
    return [limit for p in mine for limit in p.get("limits", ())]


def _says(payload: Mapping[str, Any], model: str, version: str, use: str, today: str) -> list[Reason]:
    mine = payload["model"] == model and payload["version"] == version
    what = f"{payload['model']}@{payload['version']}"
    named = use in payload["uses"] or use in payload["names"].values()
    live = today <= str(payload["expires"])
    return [
        Reason("this version", "MRM-DEP-01", "yes" if mine else "no", f"The pass is for {what}", payload["approval"],
               "" if mine else "Show the pass of this version."),
        Reason("approved for this use", "MRM-APR-01", "yes" if named else "no",
               f"The pass is for {', '.join(payload['uses'])}", payload["approval"],
               "" if named else "Request approval for this use."),
        Reason("not expired", "MRM-VAL-02" if payload["kind"] == "emergency" else "MRM-APR-02",
               "yes" if live else "no", f"{'Runs until' if live else 'Ended on'} {payload['expires']}",
               payload["approval"], "" if live else "Request approval again."),
    ]  # fmt: skip


def _bytes(payload: Mapping[str, Any], artefact: Artefact | None) -> Reason:
    approved = str(payload["digest"])
    if artefact is None:
        return Reason("same bytes", "MRM-DEP-01", "warn", f"No artefact was shown; approved is {approved[:16]}", "",
                      "Give the file with --artefact, so that its bytes are hashed.")  # fmt: skip
    same = artefact.digest == approved
    text = f"The artefact's SHA-256 is {artefact.digest[:16]}, approved is {approved[:16]}"
    return Reason("same bytes", "MRM-DEP-01", "yes" if same else "no", text, str(payload["pass"]),
                  "" if same else "Deploy the approved file.")  # fmt: skip


def _configured(payload: Mapping[str, Any], running: Mapping[str, str] | None) -> Reason:
    """Return whether the parts that run are those of the pass; a pass of a version without parts knows none."""
    name, approved = "same configuration", str(payload["digest"])
    if running is None:
        return Reason(name, "MRM-DEP-01", "warn", f"No configuration was shown; approved is {approved[:16]}", "",
                      "Give what runs with --configuration.")  # fmt: skip
    moved = changed(payload.get("components", {}), running)
    same = configuration(running) == approved
    text = f"All {len(running)} parts are as approved ({approved[:16]})" if same else f"Not approved: {told(moved)}"
    return Reason(name, "MRM-DEP-01", "yes" if same else "no", text, str(payload["pass"]),
                  "" if same else "Deploy the approved configuration, or have the change approved.")  # fmt: skip


def _listed(stopped: bytes | None, keys: tuple[str, ...]) -> tuple[dict[str, Any], Reason | None]:
    if stopped is None:
        return {}, None
    try:
        return opened(stopped, keys, "secondline-revocations-1"), None
    except NotGenuine as error:
        return {}, Reason("not suspended", "MRM-MON-02", "unknown", f"The list of stopped passes: {error}", "",
                          "Export it again: secondline approval pass revocations.")  # fmt: skip


def _stopped(payload: Mapping[str, Any], lists: Mapping[str, Any], now: str) -> Reason:
    mine = (p["state"] for p in lists.get("passes", ()) if p["pass"] == payload["pass"])
    found = [state for state in mine if state != "restricted"]
    known = max(str(payload["issued"]), str(lists.get("issued", "")))
    if found:
        return Reason("not suspended", "MRM-MON-02", "no", f"{payload['pass']} is {found[0]}", f"list of {known}",
                      "Ask who suspended it; a new list shows when it is lifted.")  # fmt: skip
    age = (_moment(now) - _moment(known)).total_seconds() / SECONDS
    if age > float(payload["stale_hours"]):
        return Reason("not suspended", "MRM-MON-02", "unknown",
                      f"Last known not suspended {age:,.0f} hours ago; policy allows {payload['stale_hours']}",
                      f"list of {known}", "Get a newer list: secondline approval pass revocations.")  # fmt: skip
    return Reason("not suspended", "MRM-MON-02", "yes", "Not on the list of stopped passes", f"as of {known}")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _not_asked() -> Reason:
    return Reason("fewer proofs", "", "warn", "Offline: findings, independence, monitoring and waivers since the pass "
                  "was issued were not looked at", "", "Ask the ledger when it can be reached.")  # fmt: skip


def _file(path: Path | None, what: str) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise SpecError(f"Cannot read the {what} {str(path)!r}: {error.strerror or error}.") from error


def questions(what: str, uses: tuple[str, ...], artefact: Path | None) -> list[tuple[str, str, Path | None]]:
    """Return what to ask: MODEL@VERSION for each use; for a model.yaml, the model, file and uses it names.

    Raises:
        SpecError: no use is named, or the model.yaml is not valid.
    """
    name, file = what, artefact
    if what.endswith((".yaml", ".yml")):
        spec = read_spec(Path(what))
        name, uses = f"{spec.model}@{spec.version}", uses or tuple(use.id for use in spec.uses)
        if file is None and spec.artefact and not spec.artefact.path.startswith(("http:", "https:")):
            file = Path(what).parent / spec.artefact.path
    if not uses:
        raise SpecError(f"Say for which use {name} should pass (--use): approval is of a use.")
    return [(name, use, file) for use in uses]


def configured(what: str) -> list[tuple[str, Path]]:
    """Return MODEL@VERSION and the file where that file is the assistant.yaml of a generative system, else nothing."""
    if not what.endswith((".yaml", ".yml")):
        return []
    spec = read_spec(Path(what))
    return [(f"{spec.model}@{spec.version}", Path(what))] if spec.genai else []


def ask(
    store: Path, name: str, use: str, *, artefact: Path | None = None, pass_path: Path | None = None,
    revocations: Path | None = None, key: str = "", as_of: str = "", offline: bool = False,
    running: Path | None = None, actor: str = "",
) -> Verdict:  # fmt: skip
    """Ask the ledger in *store*; where it cannot be reached, the pass file; where neither can tell, say undecided.

    *running* holds the configuration of a generative system as it runs. Where that is not the approved one, the change
    that it is is raised by *actor*, if one is named, and the verdict says under which number.
    """
    model, version = split(name)
    parts = parts_of(running) if running else None
    if as_of:
        _a_day(as_of)
    shown, stopped = _file(pass_path, "pass"), _file(revocations, "list of stopped passes")
    held, trusted = read_once(artefact) if artefact else None, read_keys(key) if key else ()
    if not offline:
        try:
            ledger = open_store(store)
            found = gate(
                ledger, name, use, artefact=held, shown=shown, as_of=as_of, keys=trusted, running=parts
            )  # fmt: skip
            return found if parts is None or as_of or not actor else _raised(ledger, found, parts, actor)
        except LedgerError as error:
            unreachable = str(error)
    else:
        unreachable = "Offline, as asked."
    if shown is None:
        why = Reason("ledger", "", "unknown", unreachable, "", "Reach the ledger (--store), or show a pass (--pass).")
        return Verdict(model, version, use, datetime.now(UTC).isoformat(timespec="seconds"), (why,), source="nothing")
    if not trusted:
        raise SpecError("Offline, a pass is checked by the public key you trust: give it with --key.")
    return gate_offline(name, use, shown, trusted, artefact=held, stopped=stopped, now=_at_end_of(as_of),
                        running=parts)  # fmt: skip


def _raised(ledger: Ledger, found: Verdict, parts: Mapping[str, str], actor: str) -> Verdict:
    """Return the verdict with the change that a configuration which is not the approved one was raised as."""
    held = held_against(ledger.records, found.model, parts)
    if held is None or not held.differences:
        return found
    moved = raised(ledger, held, actor, version=found.version, via="gate")
    said = Reason("change raised", "MRM-CHG-01", "warn", moved.text, f"change {moved.change}" if moved.change else "")
    return replace(found, reasons=(*found.reasons, said))


def _a_day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise SpecError(f"{text!r} is no date; write it as 2026-05-01.") from error


def _at_end_of(day: str) -> str:
    return f"{day}T00:00:00Z" if day else ""


def check_file(path: Path, key: str) -> tuple[bool, str]:
    """Return whether a pass file is genuine by a public key, and what it says in a line."""
    payload, problem = _opened(_file(path, "pass") or b"", read_keys(key))
    if problem:
        return False, problem.text
    return True, (
        f"{payload['pass']} is genuine: {payload['model']}@{payload['version']} for {', '.join(payload['uses'])}, "
        f"{payload['kind']}, until {payload['expires']}, {len(payload['conditions'])} conditions."
    )
