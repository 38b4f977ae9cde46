"""Grading: deterministic scorers, one rule each, and the table of graded answers that they make."""
