"""The terminal door: parse, call one function of the workflow, show. No rules here."""
