"""Assist: draft sentences that rest on evidence and review documents for gaps, with or without a language model."""
