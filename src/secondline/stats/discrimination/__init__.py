"""Discrimination: whether the score puts events above non-events."""
