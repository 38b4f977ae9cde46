"""Evals: ask a generative system, grade its answers, and make of them a table that is measured like any population."""
