"""Building: the parts of a line made from settings, a standing and loaded bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from secondline.core.canonical import digest_bytes
from secondline.core.errors import ModelError
from secondline.gateway import explaining
from secondline.gateway.breaker import Breaker
from secondline.gateway.conditions import Conditions, conditions_of
from secondline.gateway.lines import Line, Version
from secondline.gateway.loading import Loaded, found, made_ready, study
from secondline.gateway.passes import Pass, Standing, good_until, trouble
from secondline.gateway.routing import Arm, Onlooker
from secondline.gateway.schema import schema_of
from secondline.gateway.settings import Served, Settings, Shadow, place, secret
from secondline.ledger.objects import Objects


class Builder:
    """Makes versions, onlookers and lines of one gateway; nothing in it changes."""

    def __init__(self, settings: Settings, base: Path) -> None:
        """Build what *settings* say, whose relative paths are from *base*."""
        self.settings, self.base = settings, base
        self._places = [place(base, text) for text in settings.artefacts]
        self._objects = Objects(place(base, settings.ledger) / "objects") if settings.ledger else None
        self._conditions: dict[tuple[str, str], Conditions] = {}

    def version(self, model: str, one: Pass) -> Version:
        """Load the version a pass is for, from bytes with the digest it names.

        Raises:
            SecondlineError: they are not there, cannot be read, or fail the checks of the intake.
        """
        served = self.settings.models[model]
        spec, folder = study(self.base, served.study, model, one.version)
        content = found(spec, folder, one.digest, self._places, self._objects)
        explain = served.reasons.when != "off" and bool(served.reasons.reference)
        loaded = made_ready(spec, folder, content, explain=explain)
        try:
            return self._version(loaded, served, explain=explain)
        except Exception:
            loaded.close()
            raise

    def _version(self, loaded: Loaded, served: Served, *, explain: bool) -> Version:
        spec, session = loaded.spec, loaded.session
        also = frozenset((*served.also, *self._of_rules(served)))
        schema = schema_of(spec, session.features, session.texts, also)
        knock_outs = [(code, rule.column) for code, rule in spec.reasons.knock_outs.items()] if spec.reasons else []
        reference = served.reasons.reference.replace("{version}", loaded.version)
        explains = explaining.ready(loaded, place(self.base, reference)) if explain else None
        return Version(loaded, schema, Breaker(served.breaker), tuple(knock_outs), explains)

    def _of_rules(self, served: Served) -> list[str]:
        rules = served.fallback.rules if served.fallback else ()
        return [test.column for rule in rules for test in rule.when]

    def onlookers(self, model: str) -> tuple[Onlooker, ...]:
        """Load the challengers that look on.

        Raises:
            SecondlineError: one cannot be loaded.
        """
        return tuple(self._onlooker(model, shadow) for shadow in self.settings.models[model].shadows)

    def _onlooker(self, model: str, shadow: Shadow) -> Onlooker:
        from secondline.policy.documents import read_spec

        path = place(self.base, shadow.study)
        spec = read_spec(path)
        if spec.artefact is None:
            raise ModelError(f"{path.name} names no artefact, so there is no challenger to load.")
        content = (path.parent / spec.artefact.path).read_bytes()
        if shadow.digest and digest_bytes(content) != shadow.digest:
            raise ModelError(f"The artefact of the challenger {spec.model}@{spec.version} has another digest.")
        name = spec.version if spec.model == model else f"{spec.model}@{spec.version}"
        return Onlooker(
            name, made_ready(spec, path.parent, content), shadow, Breaker(self.settings.models[model].breaker)
        )

    def arm(self, model: str) -> Arm | None:
        """Return the control arm of a model, if it has one.

        Raises:
            SpecError: its key cannot be read or is too short.
        """
        control = self.settings.models[model].control
        return Arm(control, secret(place(self.base, control.key), "the key of the control arm")) if control else None

    def line(self, line: Line, version: Version | None, one: Pass | None, standing: Standing, now: float) -> Line:
        """Return a line as it stands now: the same parts, with the pass, its conditions and what is wrong."""
        why = trouble(one, standing, line.model, now)
        if not why and version is None:
            why = line.problem or "it is being loaded"
        if one is None:
            return replace(line, version=version, one=None, uses={}, trouble=why, good_until=0.0)
        wanted = line.served.uses
        uses = {name: use for name, use in one.uses.items() if not wanted or name in wanted or use in wanted}
        conditions = self._of_pass(one)
        seen = {name for shadow in line.shadows for name in shadow.loaded.session.features}
        if version is not None and (extra := (conditions.columns | seen) - version.schema.known):
            schema = replace(version.schema, known=version.schema.known | extra)
            version = replace(version, schema=schema)
        return replace(line, version=version, one=one, conditions=conditions, uses=uses, trouble=why,
                       good_until=good_until(one, standing))  # fmt: skip

    def _of_pass(self, one: Pass) -> Conditions:
        key = one.id, str(one.conditions)
        if key not in self._conditions:
            self._conditions[key] = conditions_of(one, self.settings.replicas)
        return self._conditions[key]
