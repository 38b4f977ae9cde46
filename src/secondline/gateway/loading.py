"""Loading: the bytes of an artefact, read once, held against the digest that was approved, and made ready to score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.canonical import canonical, digest_bytes
from secondline.core.declared.part import Part
from secondline.core.errors import LedgerError, ModelError
from secondline.core.spec import ModelSpec
from secondline.gateway.settings import place
from secondline.ledger.objects import Objects
from secondline.models.conversion import apart
from secondline.models.model import Model
from secondline.models.opening import Sealed, beside
from secondline.policy.documents import read_spec

if TYPE_CHECKING:
    from secondline.models.session import Session

SCANNED = 1_000
"""Files of a folder that are looked at for a digest."""


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A version ready to score: its study, its session, and the digest of the bytes that were approved.

    ``threshold`` is the digest of the decision rule; ``native`` is the process that explains where the approved bytes
    are not ONNX.
    """

    spec: ModelSpec
    session: Session
    digest: str
    threshold: str
    facts: dict[str, Any]
    native: Model | None = None

    @property
    def version(self) -> str:
        """The version's label."""
        return self.spec.version

    def close(self) -> None:
        """End the process that explains, if there is one."""
        if self.native is not None:
            self.native.close()


def study(base: Path, text: str, model: str, version: str) -> tuple[ModelSpec, Path]:
    """Return the model.yaml of a version and its folder; ``{version}`` in its path stands for the version.

    Raises:
        ModelError: it is of another model or version.
        SpecError: it cannot be read.
    """
    path = place(base, text.replace("{version}", version))
    spec = read_spec(path)
    if spec.model != model or (version and spec.version != version):
        raise ModelError(
            f"{path.name} describes {spec.model}@{spec.version}, and {model}@{version} is to be served. "
            "Name its own model.yaml, or write {version} into `study`."
        )
    return spec, path.parent


def found(spec: ModelSpec, folder: Path, digest: str, places: Sequence[Path], objects: Objects | None) -> bytes:
    """Return the artefact with this digest: the file model.yaml names, an object of the ledger, or one in a folder.

    Every candidate is read once, and the bytes that were hashed are those returned: a file that is exchanged later
    changes nothing.

    Raises:
        ModelError: none has this digest; the message says what the named file has instead.
    """
    seen = ""
    for content in _candidates(spec, folder, digest, places, objects):
        had = digest_bytes(content)
        if had == digest:
            return content
        seen = seen or had
    said = f"the file has SHA-256 {seen[:16]}..." if seen else "no file was found"
    raise ModelError(f"The artefact of {spec.model}@{spec.version} is not what was approved: {said}, and the pass is "
                     f"for {digest[:16]}....")  # fmt: skip


def _candidates(
    spec: ModelSpec, folder: Path, digest: str, places: Sequence[Path], objects: Objects | None
) -> Iterator[bytes]:
    if spec.artefact is not None and (folder / spec.artefact.path).is_file():
        yield (folder / spec.artefact.path).read_bytes()
    if objects is not None:
        # Where it is not kept there, or no longer whole, other places may have it.
        with suppress(LedgerError):
            yield objects.get(digest)
    for one in places:
        files = [file for file in sorted(one.glob("*"))[:SCANNED] if file.is_file()]
        for file in sorted(files, key=lambda f: digest[:12] not in f.name):
            yield file.read_bytes()


def made_ready(spec: ModelSpec, folder: Path, content: bytes, *, explain: bool = False) -> Loaded:
    """Return *content* ready to score: tried in a process of its own first, converted there where it is not ONNX.

    Raises:
        ModelError: it is damaged, holds what is never served, asks for too much, or conversion changed a decision.
    """
    from secondline.models.session import Session

    if spec.artefact is None:
        raise ModelError(f"model.yaml of {spec.model}@{spec.version} names no artefact.")
    sealed: Sealed = beside(spec.artefact, folder, content)
    native: Model | None = None
    if explain and sealed.format != "onnx":
        from secondline.models.conversion import intake
        from secondline.models.lasting import lasting

        whole = intake.taken(sealed, spec)
        native = lasting(whole.native, lambda: intake.held(sealed))
        taken = apart.Graph(whole.content, whole.features, whole.facts)
    else:
        taken = apart.taken(sealed, spec)
    # A graph made here holds the recalibration; one that was approved as it is has it beside it.
    line = sealed.options.get("calibration") if sealed.format == "onnx" else None
    try:
        session = Session(taken.content, taken.features, line)
    except ModelError:
        if native is not None:
            native.close()
        raise
    return Loaded(spec, session, digest_bytes(content), threshold(spec), taken.facts, native)


def threshold(spec: ModelSpec) -> str:
    """Return the version of the decision rule: the first 16 digits of the digest of what it and the score's kind say.

    Raises:
        ModelError: the study states no rule, so that nothing can be decided.
    """
    if spec.decision is None:
        raise ModelError(f"model.yaml of {spec.model}@{spec.version} states no `decision`; a gateway needs the rule.")
    rule = spec.decision.model_dump(mode="json", exclude_none=True)
    knock_outs = {code: rule.column for code, rule in spec.reasons.knock_outs.items()} if spec.reasons else {}
    line = spec.artefact.calibration if spec.artefact else None
    straight = line.model_dump(mode="json") if isinstance(line, Part) else line
    said = {"rule": rule, "score": spec.score.kind, "direction": spec.score.direction, "line": straight}
    said["knock-outs"] = knock_outs
    return digest_bytes(canonical(said).encode())[:16]


def as_model(loaded: Loaded) -> Model:
    """Return what explains a version's decisions: its own library's process, or the session itself."""
    if loaded.native is not None:
        return loaded.native
    session = loaded.session
    return Model(
        f"{loaded.spec.model}@{loaded.version}", "onnx", session.features,
        lambda columns: np.asarray(session.score(columns), dtype=np.float64), loaded.digest, loaded.facts,
    )  # fmt: skip
