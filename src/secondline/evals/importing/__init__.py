"""Importing: transcripts that other tools recorded, one file a tool. Their verdicts are told and are no grades."""
