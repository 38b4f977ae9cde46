"""Drivers: what a reason speaks of: one feature, or a group that shares a code; and the catalogue of all codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from secondline.core.declared.reasons import Reasons
from secondline.core.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Driver:
    """One reason: its code and words, the features whose contributions it sums, and whether it may be named.

    ``missing`` are its words where the value is absent; ``declared`` is whether model.yaml gives its words;
    ``withheld`` says why it may not be named.
    """

    code: str
    says: str
    features: tuple[str, ...]
    missing: str = ""
    declared: bool = False
    withheld: str = ""


def withheld_features(spec: ModelSpec) -> dict[str, str]:
    """Return the features no reason may name, each with why."""
    declared = spec.reasons or Reasons()
    why = dict.fromkeys(spec.claims.excluded, "excluded by the documentation")
    why |= dict.fromkeys(declared.never, "not to be named")
    why |= dict.fromkeys(declared.proxies, "a proxy of a protected attribute")
    return why | dict.fromkeys(spec.columns.protected, "a protected attribute")


def drivers(features: Sequence[str], spec: ModelSpec) -> tuple[Driver, ...]:
    """Return the drivers of a model: texts in the order of model.yaml, then each feature that no text names.

    A feature named by two texts belongs to the first. A feature that may not be named is a driver of its own even
    where a text names it.
    """
    declared, left = spec.reasons or Reasons(), dict.fromkeys(features)
    why = {name: reason for name, reason in withheld_features(spec).items() if name in left}
    found: list[Driver] = []
    for code, text in declared.texts.items():
        mine = tuple(name for name in text.features if name in left and name not in why)
        for name in mine:
            del left[name]
        if mine:
            found.append(Driver(code, text.says, mine, text.missing, declared=True))
    taken = {*declared.texts, *declared.knock_outs}
    for name in left:
        code = name if name not in taken else f"feature {name}"
        found.append(Driver(code, name, (name,), withheld=why.get(name, "")))
    return tuple(found)


@dataclass(frozen=True)
class Catalogue:
    """Every code a decision can be given, with its words: drivers, then their words for missing values, then rules."""

    drivers: tuple[Driver, ...]
    declared: Reasons

    @cached_property
    def words(self) -> dict[str, str]:
        """The words of each code."""
        own = {driver.code: driver.says for driver in self.drivers}
        own |= {missing_code(driver): driver.missing for driver in self.drivers if driver.missing}
        own |= {code: rule.says for code, rule in self.declared.knock_outs.items()}
        override = self.declared.overrides
        return own | ({override.code: override.says} if override else {})

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """All codes, in order."""
        return tuple(self.words)

    @property
    def specific(self) -> tuple[str, ...]:
        """The codes whose words model.yaml gives."""
        return tuple(code for code in self.codes if code not in {d.code for d in self.drivers if not d.declared})

    def membership(self, features: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return a matrix of features (down) by drivers (across) that sums contributions by driver."""
        place = {name: i for i, name in enumerate(features)}
        found = np.zeros((len(features), len(self.drivers)))
        for j, driver in enumerate(self.drivers):
            found[[place[name] for name in driver.features], j] = 1.0
        return found


def missing_code(driver: Driver) -> str:
    """Return the code of a driver whose value is absent."""
    return f"{driver.code} missing"
