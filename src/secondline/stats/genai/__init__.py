"""Statistics of graded answers: rates, pairs, judges and their correction, attacks, agreement, and drift."""
