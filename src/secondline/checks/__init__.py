"""Checks: the questions, one small file each. Importing this room registers them all."""

from __future__ import annotations

from secondline.checks import data as data
from secondline.checks import discrimination as discrimination
