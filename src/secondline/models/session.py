"""Session: an ONNX graph in this very process, for serving: one thread, one output, and a deadline.

Only ONNX runs here. Everything else is parsed in a process of its own (`models.sandbox`); a graph gets here after the
checks of `models.conversion.graph` and a trial there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.errors import ModelError
from secondline.models import loaders
from secondline.models.loaders.onnx import KINDS, column_of, output_of, score_of, width_of
from secondline.models.matrix import Matrix
from secondline.models.model import Columns, Floats
from secondline.models.watchdog import WATCHDOG


class TooSlow(ModelError):
    """A run was ended because it took longer than it may."""


class Session:
    """A graph that takes one matrix, or one column a feature, and gives one score a row."""

    def __init__(self, content: bytes, features: tuple[str, ...], line: Mapping[str, float] | None = None) -> None:
        """Load *content*; *features* are the columns in the graph's order, *line* a recalibration in log-odds.

        Raises:
            ModelError: the graph is damaged, or takes another number of features.
        """
        runtime = loaders.library("onnxruntime", "Serving a model")
        runtime.set_default_logger_severity(4)
        settings = runtime.SessionOptions()
        settings.intra_op_num_threads = settings.inter_op_num_threads = 1
        settings.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = runtime.InferenceSession(content, settings, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ModelError(f"The graph could not be loaded: {type(error).__name__}: {str(error)[:200]}") from error
        self._options, self._line, self.features = runtime.RunOptions, line, features
        self._inputs = self._session.get_inputs()
        self._outputs = [output_of(self._session.get_outputs())]
        first = self._inputs[0]
        self._matrix = len(self._inputs) == 1 and width_of(first) != 1
        width = (width_of(first) or len(features)) if self._matrix else len(self._inputs)
        if width != len(features):
            raise ModelError(f"The graph takes {width} features and {len(features)} are named.")
        self._name, self._kind = first.name, KINDS.get(first.type, np.float32)

    @property
    def texts(self) -> frozenset[str]:
        """The features that are text."""
        pairs = () if self._matrix else zip(self.features, self._inputs, strict=True)
        return frozenset(name for name, tensor in pairs if tensor.type == "tensor(string)")

    def score(self, columns: Columns, seconds: float = 60.0) -> Floats:
        """Return one score a row, in this thread.

        Raises:
            TooSlow: it took longer than *seconds* and was ended.
            ModelError: the graph failed on these rows.
        """
        options = self._options()
        place = WATCHDOG.begin(partial(setattr, options, "terminate", True), seconds)
        try:
            found = self._session.run(self._outputs, self._fed(columns), options)[0]
        except Exception as error:
            if options.terminate:
                raise TooSlow(f"It took longer than {seconds * 1000:g} ms and was ended.") from error
            raise ModelError(f"It failed: {type(error).__name__}: {str(error)[:200]}") from error
        finally:
            WATCHDOG.end(place)
        scores = score_of(found)
        if self._line is None:
            return scores
        return loaders.recalibrated(scores, self._line["intercept"], self._line["slope"])

    def _fed(self, columns: Columns) -> dict[str, npt.NDArray[Any]]:
        if not self._matrix:
            return {t.name: column_of(columns[n], t) for n, t in zip(self.features, self._inputs, strict=True)}
        if isinstance(columns, Matrix) and columns.names == self.features:
            return {self._name: np.ascontiguousarray(columns.array, dtype=self._kind)}
        rows = len(columns[self.features[0]])
        matrix = np.empty((rows, len(self.features)), dtype=self._kind)
        for place, name in enumerate(self.features):
            matrix[:, place] = columns[name]
        return {self._name: matrix}
