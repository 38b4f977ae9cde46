"""What model.yaml says of how the model was built, so that it can be built again."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from secondline.core.declared.part import Names, Part


def _inside(path: str) -> str:
    """A path of a copied file: beside or below model.yaml, so that it has the same place in the copy."""
    pure = PurePosixPath(path)
    if not path or pure.is_absolute() or ".." in pure.parts:
        raise ValueError(f"{path!r} must be a path below the folder of model.yaml, which is copied with its files")
    return path


def _words(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError(  # noqa: TRY004 - pydantic collects ValueError
            f"give the command as a list of words, such as [python, train.py]; no shell is started for {value!r}"
        )
    return value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Inside = Annotated[str, AfterValidator(_inside)]


class Pinned(Part):
    """A file and the SHA-256 it must have."""

    path: Inside
    digest: str = Field(min_length=64)

    @property
    def sha256(self) -> str:
        """The digest without its prefix, in lower case."""
        return self.digest.removeprefix("sha256:").lower()


class Reproduce(Part):
    """How the model was built.

    ``command`` runs in an empty folder that holds only the ``snapshot`` (the data the model was fitted on; the first
    file is the one that is resampled), the other ``files`` it needs, and the ``lock``; it writes ``produces`` (left
    out: the path of the artefact). ``{seed}`` in a word of it stands for the seed, which is also in the environment
    as SECONDLINE_SEED. ``refits`` is how often it is repeated with other seeds, and on resampled rows; ``seconds``
    bounds each run.
    """

    command: Annotated[tuple[str, ...], BeforeValidator(_words)] = Field(min_length=1)
    snapshot: Annotated[tuple[Pinned, ...], BeforeValidator(_listed)] = ()
    files: Names = ()
    produces: Inside | None = None
    seed: int | None = Field(default=None, ge=0)
    lock: Pinned | None = None
    refits: int = Field(default=5, ge=2, le=100)
    seconds: float = Field(default=600, gt=0)

    @model_validator(mode="after")
    def _built_not_copied(self) -> Reproduce:
        for path in self.files:
            _inside(path)
        if self.produces in {*self.files, *(pinned.path for pinned in self.snapshot)}:
            raise ValueError(f"{self.produces!r} is what the command produces, so it cannot be among what it is given")
        return self
