"""Study: a model under validation, from a model.yaml or from tables in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from secondline.core.evidence import Plan
from secondline.core.spec import ModelSpec
from secondline.frames.collect import Progress, quiet
from secondline.models.attributions import Attributions
from secondline.models.inprocess import wrapped
from secondline.policy.documents import parse_spec, read_spec
from secondline.workflow.result import Validation
from secondline.workflow.validate import Request, plan_for, validate

RUNS = "runs"
IN_MEMORY = "in memory"


@dataclass(frozen=True, slots=True)
class Study:
    """A model, its populations and its limits, ready to be validated. Values only: every change returns a new study."""

    spec: ModelSpec
    base: Path = Path()
    tables: Mapping[str, Any] = field(default_factory=dict)
    scorer: Any = None
    builder: Any = None

    @classmethod
    def read(cls, path: str | Path) -> Study:
        """Read a study from a model.yaml.

        Raises:
            SpecError: the file is not a valid study; the message names the key, the line and what is allowed.
        """
        file = Path(path)
        return cls(read_spec(file), file.resolve().parent)

    @classmethod
    def of(
        cls, populations: Mapping[str, Any], *, model: str = "model", version: str = "0",
        scorer: Any = None, features: Sequence[str] | None = None,
        refit: Callable[[Any, int], Any] | None = None, **fields: Any,
    ) -> Study:  # fmt: skip
        """Make a study of tables in memory (pandas, polars, Arrow, Ibis) or paths, by population name.

        The first population is the reference. *fields* are the columns' roles (``score="pd", label="default"``,
        ``segments=[...]``) and any other key of model.yaml (``rules``, ``limits``, ``packs`` ...). *scorer* is the
        model itself, to be probed: a function of columns or an estimator; its inputs are *features* unless it names
        them. *refit* is a function of the reference's table and a seed that builds it again.
        """
        known = set(ModelSpec.model_fields) | {"as-of"}
        rest = {key: value for key, value in fields.items() if key in known}
        columns = {key.replace("_", "-"): value for key, value in fields.items() if key not in known}
        sources = {name: {"data": "in memory"} for name in populations}
        columns |= {"features": list(features)} if features is not None else {}
        rest |= {"artefact": IN_MEMORY} if scorer is not None else {}
        rest |= {} if refit is None else {"reproduce": {"command": [IN_MEMORY]} | dict(rest.get("reproduce") or {})}
        held = None if scorer is None else wrapped(scorer, features)
        content = {"model": model, "version": version, "populations": sources, "columns": columns, **rest}
        return cls(parse_spec(content, "the study"), Path.cwd(), dict(populations), held, refit)

    def limit(self, code: str, **rule: Any) -> Study:
        """Return a study with another limit for *code*, such as ``limit("calibration.slope", within=(0.9, 1.1))``."""
        limits = {name: limit.model_dump(exclude_defaults=True) for name, limit in self.spec.limits.items()}
        content = self.spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return replace(self, spec=parse_spec(content | {"limits": limits | {code: rule}}, "the study"))

    def plan(self) -> Plan:
        """Return the plan this study would be validated by; reads no data."""
        return plan_for(self.spec, self.base)

    def explain(self, rows: int | Any = 10, *, population: str = "") -> Attributions:
        """Return what each input contributed to the scores of *rows*: so many of a population, or a table of rows.

        ``study.explain(applicants).by_row`` is one dictionary a row. Absent inputs take values from the reference.
        """
        from secondline.workflow.explaining import explain

        return explain(self.spec, self.base, rows, population=population, given=self.tables, scorer=self.scorer)

    def validate(
        self, *, store: str | Path | None = RUNS, progress: Progress = quiet, actor: str = "", refit: bool = False,
        allow_code: bool = False,
    ) -> Validation:  # fmt: skip
        """Validate and return the result. Records go to the folder *store* (beside model.yaml); None keeps nothing.

        *refit* allows the model to be built again by the command that model.yaml declares, or the function given to
        ``of``: the developer's code, run with your rights. *allow_code* allows a generative system or a judge that is a
        function to run, in a process of its own.
        """
        folder = None if store is None else self.base / store
        request = Request(
            self.spec, self.base, folder, self.tables, actor, progress, scorer=self.scorer, refit=refit,
            code=allow_code, builder=self.builder,
        )  # fmt: skip
        return Validation(validate(request), folder)
