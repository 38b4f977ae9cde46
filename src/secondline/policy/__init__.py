"""Policy: dated, sourced limits and controls as data, the plan they make, and the judgement of a number by a limit."""
