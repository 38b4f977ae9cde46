"""Checks: the questions, one small file each. Importing this room registers them all."""

from __future__ import annotations

from secondline.checks import calibration as calibration
from secondline.checks import challenge as challenge
from secondline.checks import data as data
from secondline.checks import discrimination as discrimination
from secondline.checks import explanation as explanation
from secondline.checks import fairness as fairness
from secondline.checks import fraud as fraud
from secondline.checks import genai as genai
from secondline.checks import robustness as robustness
from secondline.checks import soundness as soundness
from secondline.checks import stability as stability
from secondline.checks import use as use
