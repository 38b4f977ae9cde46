"""Challengers: models fitted here to be held beside the champion. One small file a kind, one function to fit any.

>>> import numpy as np
>>> draw = np.random.default_rng(1)
>>> x = draw.normal(size=400)
>>> model = fit("logistic", {"x": x}, (draw.random(400) < 1 / (1 + np.exp(-x))).astype(float))
>>> bool(model.score({"x": np.array([-1.0, 1.0])})[1] > 0.5)
True
"""

from __future__ import annotations

from secondline.models.challengers.fitting import LEAST, ROWS, fit
from secondline.models.sizes import size_of

__all__ = ["LEAST", "ROWS", "fit", "size_of"]
