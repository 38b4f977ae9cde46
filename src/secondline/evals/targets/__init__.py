"""Targets: the ways in which a generative system is asked. Each turns a case into a trace."""
